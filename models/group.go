package models

// The smallest group of employees that is shown unless configured, and the smallest that may be configured. They stand here because
// more than one wall holds them: the release step, the workshop, the configuration.
const (
	DefaultGroup = 5
	FloorGroup   = 3
)
