// A page that waits for a decision looks again. Nothing on it is being typed.
setTimeout(() => location.reload(), 1500);
