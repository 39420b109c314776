package connectors

import "time"

// Optional tells for each of Places whether the source may be without it: every rule that reads it says so. A filter
// never does.
func (b *Binder) Optional() []bool {
	out := make([]bool, len(b.places))
	for i := range out {
		out[i] = true
	}
	for _, f := range b.where {
		out[f.place] = false
	}
	for _, p := range b.fields {
		for _, at := range p.places {
			out[at] = out[at] && p.lax
		}
	}
	return out
}

// InZone names the zones that the source itself gives for the times at its places, until the next call; a place without
// one is read in the zone of its rule or of the run. A rule that names its zone keeps it.
func (b *Binder) InZone(zones map[string]*time.Location) {
	for _, p := range b.fields {
		if p.clock == nil || !p.floats || len(p.names) != 1 {
			continue
		}
		where := p.home
		if z := zones[p.names[0]]; z != nil {
			where = z
		}
		if where != p.clock.zone {
			p.setClock(p.clock.layout, where)
		}
	}
}
