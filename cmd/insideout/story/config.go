package story

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
	"text/template"
)

//go:embed insideout.yaml.tmpl
var configText string

//go:embed catalog.yaml
var catalogText []byte

// Catalog is the file of definitions that the configuration names.
func (w *World) Catalog() []byte { return catalogText }

var configTemplate = template.Must(template.New("insideout.yaml").Funcs(template.FuncMap{"join": strings.Join}).Parse(configText))

// pair is one line of a value map.
type pair struct{ From, To string }

// Config writes the configuration that reads the exports and the topics on the broker.
func (w *World) Config(broker string) ([]byte, error) {
	type question struct{ Item, Column string }
	v := struct {
		Zone, First, After, Broker, TopicContacts, TopicFeedback string
		Conditions                                               []string
		Questions                                                []question
		Groups, Reasons                                          []pair
	}{Zone: Zone, First: First, After: After, Broker: broker, TopicContacts: TopicContacts, TopicFeedback: TopicFeedback}
	for k, d := range w.dims {
		v.Conditions = append(v.Conditions, d.ID)
		for n, it := range d.Items {
			v.Questions = append(v.Questions, question{it.ID, column(k, n)})
		}
	}
	for _, t := range w.teams {
		if t.volume > 0 {
			v.Groups = append(v.Groups, pair{fmt.Sprint(t.group), t.id})
		}
	}
	for _, x := range reasons() {
		v.Reasons = append(v.Reasons, pair{slug(x.group) + "::" + slug(x.kind), x.group + "/" + x.kind})
	}
	var b bytes.Buffer
	if err := configTemplate.Execute(&b, v); err != nil {
		return nil, fmt.Errorf("story: configuration: %w", err)
	}
	return b.Bytes(), nil
}

// Key is the key for pseudonyms, 32 bytes in hexadecimal. It follows from the seed and protects nobody: there is nobody.
func (w *World) Key() []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "insideout story %d %d", Version, w.seed))
	return append([]byte(hex.EncodeToString(sum[:])), '\n')
}
