// Package worlds makes panels of teams and periods whose truth is known, to measure how often inference finds what is there
// and what is not.
//
// A world has latent conditions that move inside teams, between teams and with a calendar that all teams share; latent
// outcomes that follow some of the conditions after a lag, or none; and a survey layer between them and what can be seen: a
// condition is the mean of a few answers, hidden where there are too few; an outcome is an NPS, a mean score or a failure
// rate from a sample of customers; cells go missing. What is true stands in the Knobs, and what single teams do in the World.
//
// Everything that misleads in practice has a knob: differences between teams and a calendar that move both sides together
// (conf_team, conf_time), conditions that move together (R), answers of the same people to several questions
// (err_halo), trends of teams, the outcome moving the condition (reverse), something unseen that moves both (uconf).
//
// A world is a function of its Knobs and its seed: the same bytes on every machine, at any number of workers. Draws are
// taken in a fixed order whatever the knobs, so that two scenarios of one seed and size share their noise.
package worlds
