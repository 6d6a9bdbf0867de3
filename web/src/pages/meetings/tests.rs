//! Planning by forms, without script, as a browser posts them.
