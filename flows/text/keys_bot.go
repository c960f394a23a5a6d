package text

// What the edge says itself.
const (
	BotSorry Key = "bot_sorry" // handling an input has failed twice
)
