package selftest

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// network is what lies between two parties: how slow it is and how it cuts what it carries.
type network struct {
	// latency is how long every byte takes; jitter is how much longer some take, in order.
	latency, jitter time.Duration
	// fragment is the most bytes that arrive at once; 0 for no limit.
	fragment int
}

// relay carries connections to an address through a network.
type relay struct {
	network  network
	target   string
	listener net.Listener
	ctx      context.Context // ends with the relay
	stop     context.CancelFunc
	wg       sync.WaitGroup
}

// openRelay listens on a port of its own and carries every connection to the target.
func openRelay(ctx context.Context, n network, target string) (*relay, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{network: n, target: target, listener: listener}
	r.ctx, r.stop = context.WithCancel(ctx)
	r.wg.Go(r.accept)
	return r, nil
}

// addr is where the relay listens.
func (r *relay) addr() string { return r.listener.Addr().String() }

// close ends every connection.
func (r *relay) close() {
	r.stop()
	_ = r.listener.Close()
	r.wg.Wait()
}

func (r *relay) accept() {
	for {
		near, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.wg.Go(func() { r.carry(near) })
	}
}

// carry connects to the target and carries both directions until both have ended or the relay closes.
func (r *relay) carry(near net.Conn) {
	var dialer net.Dialer
	far, err := dialer.DialContext(r.ctx, "tcp", r.target)
	if err != nil {
		_ = near.Close()
		return
	}
	ended := context.AfterFunc(r.ctx, func() { _, _ = near.Close(), far.Close() })
	defer ended()
	var wg sync.WaitGroup
	wg.Go(func() { r.copy(far, near) })
	wg.Go(func() { r.copy(near, far) })
	wg.Wait()
	_, _ = near.Close(), far.Close()
}

// parcel is a stretch of bytes and when it is due.
type parcel struct {
	bytes []byte
	due   time.Time
	end   error // how the direction ended, after which nothing follows
}

// copy carries one direction. Reading goes on while what was read is still on its way, so that latency does not limit the rate.
func (r *relay) copy(to, from net.Conn) {
	parcels := make(chan parcel, 64)
	go func() {
		defer close(parcels)
		for {
			buffer := make([]byte, 16<<10)
			n, err := from.Read(buffer)
			delay := r.network.latency
			if r.network.jitter > 0 {
				delay += rand.N(r.network.jitter)
			}
			select {
			case parcels <- parcel{buffer[:n], time.Now().Add(delay), err}:
			case <-r.ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range parcels {
		r.until(p.due)
		if !r.write(to, p.bytes) {
			_ = from.Close() // the reader ends, and with it the parcels
			continue
		}
		if p.end != nil {
			r.finish(to, p.end)
		}
	}
}

// until waits until a moment or the end of the relay.
func (r *relay) until(due time.Time) {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.ctx.Done():
	}
}

// write sends bytes in fragments, and says whether all were sent.
func (r *relay) write(to net.Conn, bytes []byte) bool {
	for len(bytes) > 0 {
		n := len(bytes)
		if r.network.fragment > 0 {
			n = min(n, r.network.fragment)
		}
		if _, err := to.Write(bytes[:n]); err != nil {
			return false
		}
		bytes = bytes[n:]
	}
	return true
}

// finish ends a direction as it ended on the other side: in order, or broken.
func (r *relay) finish(to net.Conn, end error) {
	connection, ok := to.(*net.TCPConn)
	if !ok {
		return
	}
	if errors.Is(end, io.EOF) {
		_ = connection.CloseWrite()
		return
	}
	_ = connection.SetLinger(0)
	_ = connection.Close()
}
