package story

// team is one unit of the company. Its name is its function and where it works.
type team struct {
	id     string
	name   string
	parent string
	group  int64   // id of its group in the ticket system
	heads  int     // people
	volume float64 // contacts in a usual week; 0 for a unit without customers
	pulse  bool    // takes part in the employee survey
}

// teams lists the company: twenty-four front-line teams, two teams of five whose cells are too small to show, a
// leadership that meets no customers, and a queue that nobody inside is asked about.
func teams() []team {
	functions := []struct {
		id, name string
		heads    int
		volume   float64
	}{
		{"billing", "Billing", 17, 78},
		{"payments", "Payments", 15, 64},
		{"meters", "Meter readings", 14, 58},
		{"moves", "Home moves", 15, 62},
		{"outages", "Outage line", 16, 70},
		{"field", "Field appointments", 18, 66},
	}
	regions := []struct{ id, name string }{{"north", "North"}, {"east", "East"}, {"south", "South"}, {"west", "West"}}
	var out []team
	for i, f := range functions {
		for j, r := range regions {
			out = append(out, team{
				id: f.id + "-" + r.id, name: f.name + " " + r.name, parent: f.id,
				heads: f.heads + (i+2*j)%3 - 1, volume: f.volume * (0.9 + 0.07*float64(j)), pulse: true,
			})
		}
	}
	out = append(out,
		team{id: "hardship", name: "Hardship support", parent: "payments", heads: 5, volume: 24, pulse: true},
		team{id: "large-customers", name: "Large customers", parent: "billing", heads: 5, volume: 20, pulse: true},
		team{id: "leadership", name: "Leadership", heads: 14, pulse: true},
		team{id: "self-service", name: "Self-service help", volume: 40},
	)
	for i := range out {
		out[i].group = 360000000101 + int64(i)*7
	}
	return out
}

// reason is why a customer gets in touch: a group and a kind in it, each with how often it comes as value and as
// failure demand. Misrouted contacts take any.
type reason struct {
	group, kind    string
	value, failure float64
}

// reasons of the company. Weights are relative within value and within failure.
func reasons() []reason {
	return []reason{
		{"bill", "explain my bill", 10, 4},
		{"bill", "wrong amount", 1, 17},
		{"bill", "change payment plan", 9, 1},
		{"meter", "give a reading", 14, 1},
		{"meter", "reading not taken over", 1, 12},
		{"move", "moving in or out", 16, 2},
		{"move", "final bill missing", 1, 9},
		{"outage", "report an outage", 13, 2},
		{"outage", "when is power back", 2, 13},
		{"appointment", "book a visit", 13, 2},
		{"appointment", "nobody came", 0.5, 11},
		{"progress", "chasing progress", 0.5, 21},
		{"tariff", "compare tariffs", 19, 1},
		{"account", "cannot sign in", 1, 5},
	}
}
