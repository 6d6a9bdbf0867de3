//! The models on histories made of real events.
