package pipelines

import (
	"bytes"
	"fmt"
	"os"
	"slices"

	"insideout/models"
	"insideout/pipelines/lake"
)

// Privacy is what protects the people in the data.
type Privacy struct {
	KeyEnv  string `yaml:"key_env"`  // environment variable that holds the key of the pseudonyms
	KeyFile string `yaml:"key_file"` // or the file that holds it, readable by its owner alone
	// Older are the keys that came before, the newest first. Pseudonyms go through all of them: see insideout lake rekey --help.
	Older        []OlderKey `yaml:"older_keys"`
	MinimumGroup int        `yaml:"minimum_group"` // smallest group of employees that is shown
}

// OlderKey is where a key is that came before. Exactly one is set.
type OlderKey struct {
	Env  string `yaml:"env"`
	File string `yaml:"file"`
}

func (v *validator) privacy(needKey bool) {
	p := &v.c.Privacy
	if p.MinimumGroup < models.FloorGroup {
		v.add("privacy.minimum_group", fmt.Sprintf("groups of %d would be shown", p.MinimumGroup), fmt.Sprintf("%d is the least that protects anybody, %d the default", models.FloorGroup, models.DefaultGroup))
	}
	var err error
	switch {
	case p.KeyEnv != "" && os.Getenv(p.KeyEnv) != "":
		v.c.key = []byte(os.Getenv(p.KeyEnv))
	case p.KeyFile != "":
		if v.c.key, err = readKey(p.KeyFile); err != nil && needKey {
			v.add("privacy.key_file", err.Error(), "")
			return
		}
	}
	if len(v.c.key) > 0 && len(v.c.key) < 16 {
		v.add("privacy", "the key of the pseudonyms has fewer than 16 characters", "make one with: openssl rand -hex 32")
	}
	v.olderKeys(needKey)
	if len(v.c.key) > 0 {
		if v.c.keys, err = lake.NewKeys(append([][]byte{v.c.key}, v.c.older...)...); err != nil {
			v.add("privacy", err.Error(), "")
		}
		return
	}
	if !needKey {
		return
	}
	for i := range v.c.Sources {
		if f := personal(&v.c.Sources[i].Mapping); f != "" {
			missing := "no key for the pseudonyms is set"
			if p.KeyEnv != "" {
				missing = "the environment has no " + p.KeyEnv
			}
			v.add("privacy", fmt.Sprintf("%s, and source %s maps %s", missing, v.c.Sources[i].Name, f),
				"ids of people reach the lake as pseudonyms only: set privacy.key_env or privacy.key_file")
			return
		}
	}
}

// olderKeys reads the keys that came before.
func (v *validator) olderKeys(needKey bool) {
	for i, k := range v.c.Privacy.Older {
		at := fmt.Sprintf("privacy.older_keys[%d]", i)
		var key []byte
		var err error
		switch {
		case (k.Env == "") == (k.File == ""):
			v.add(at, "wants one of env and file", "")
			continue
		case k.Env != "":
			key = []byte(os.Getenv(k.Env))
		default:
			if key, err = readKey(k.File); err != nil && needKey {
				v.add(at, err.Error(), "")
				continue
			}
		}
		if len(key) == 0 {
			if needKey {
				v.add(at, "there is no key in "+k.Env+k.File, "pseudonyms go through every key that there was: an older one stays needed")
			}
			continue
		}
		if bytes.Equal(key, v.c.key) || slices.ContainsFunc(v.c.older, func(o []byte) bool { return bytes.Equal(o, key) }) {
			v.add(at, "is the same key once more", "name each key once, the newest first")
			continue
		}
		v.c.older = append(v.c.older, key)
	}
	if len(v.c.Privacy.Older) > 0 && len(v.c.key) == 0 {
		v.add("privacy.older_keys", "there is no key that came after these", "set privacy.key_env or privacy.key_file")
	}
}
