"""Lambda: users' real handlers in processes of their own, and the event sources that call them."""
