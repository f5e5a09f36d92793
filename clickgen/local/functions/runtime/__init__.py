"""What runs inside a function's process. It is alone in this folder, so that no module here hides a user's."""
