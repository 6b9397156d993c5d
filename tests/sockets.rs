//! `graphql-transport-ws` to the letter: by a client that speaks it, and in raw frames.

mod clients;
mod frames;
mod live;
mod messages;
mod opening;
mod operations;
mod sessions;
mod stage;
