package suites

// Others returns the flows of a pattern whatever the check's own is, for comparison; also those that were not played.
func (c *C) Others(pattern string) []*Flow { return c.bench.selected(pattern) }
