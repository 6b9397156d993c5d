//! The GraphQL vocabulary, without a domain: ids, scalars, connections, error codes, the access
//! directive, the document plan and the renderer.

pub mod access;
mod answer;
mod connection;
mod cursor;
mod documents;
mod engine;
mod error;
mod id;
pub mod live;
mod payload;
mod plan;
mod render;
mod scalar;

pub use access::AccessMap;
pub use answer::{Answer, Location, ResponseError};
pub use connection::{Connection, Edge, PageInfo, wanted};
pub use cursor::{Cursor, EventCursor};
pub use documents::{DocumentHash, DocumentStats, Documents, HashedText};
pub use engine::{Engine, EngineError, Executor, GraphqlRequest, Rejected};
pub use error::{ErrorCode, Failure, Result};
pub use id::{Id, Kind};
pub use live::{Listens, Live, Tell};
pub use payload::{UserError, UserErrorCode, change};
pub use plan::{Document, Excess, Limits, OperationKind, Plan};
pub use render::{Node, Nodes, Prefetch, Selected, Selection, Slots, prefetch_nodes, selects};
pub use scalar::{Date, DateTime, Json};
