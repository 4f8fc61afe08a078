package suites

// certify adds what a certificate says beside the verdict. It comes from the evidence alone, so that whoever judges again
// gets the same.
func (b *benchState) certify(r *Results) {
	ev := b.evidence
	r.Operator, r.Demonstration, r.Unredacted = ev.Run.Operator, ev.Run.Bundled, ev.Run.Unredacted
	r.Evidence = Evidence{File: ev.File, Digest: ev.Digest, Exchanges: len(ev.Exchanges), Scenarios: len(ev.Scenarios), Unattributed: len(b.orphans)}
	r.Timing = Timing{Callback: ev.Run.Timing.Callback.Milliseconds(), Quiet: ev.Run.Timing.Quiet.Milliseconds(), Ack: ev.Run.Timing.Ack.Milliseconds()}
	if r.Verdict == Conformant && !r.Demonstration && !r.Unredacted && ev.Run.ValidFor > 0 {
		until := r.Finished.Add(ev.Run.ValidFor)
		r.ValidUntil = &until
	}
}
