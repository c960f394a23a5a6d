package text

const (
	ButtonCancel Key = "button_cancel"
)
