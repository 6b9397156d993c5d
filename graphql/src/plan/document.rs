use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use apollo_compiler::ast::Value as Literal;
use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Name, Node, Schema};

use super::{Excess, Limits, Objection, bounds, tokens};
use crate::documents::{DocumentHash, HashedText};
use crate::{ErrorCode, Location};

/// A document that is within its limits and valid against the schema. It is the same for all callers.
pub struct Document {
    pub(super) executable: Valid<ExecutableDocument>,
    /// The variables that `@skip` and `@include` ask for, each once.
    pub(super) conditions: Vec<Name>,
    /// What is above limits that are only measured.
    pub(super) excesses: Vec<Excess>,
    hash: DocumentHash,
    /// About how many bytes it takes.
    weight: usize,
    /// Whether it may be asked for by its hash alone.
    registered: AtomicBool,
}

/// Selection sets, with their fragments written out, and values nest less deep than this, whatever the
/// depth limit: it keeps whoever follows them from the end of their stack.
pub(super) const NESTING: usize = 64;

/// To the parser, white space, commas and comments are tokens, too. A document has this many pieces
/// for each token at most.
const PIECES_PER_TOKEN: usize = 10;

/// About how many bytes a parsed document takes besides its text: for itself, and for each token.
const BYTES: usize = 2_048;
const BYTES_PER_TOKEN: usize = 150;

impl Document {
    /// Checks and parses a document. The cheap checks come first: validation is slow on documents
    /// that are made to make it slow.
    pub(crate) fn parse(
        schema: &Valid<Schema>,
        text: HashedText<'_>,
        limits: &Limits,
    ) -> Result<Self, Vec<Objection>> {
        let hash = text.hash();
        let text = text.text();
        let tokens = tokens::count(text, limits).map_err(|objection| vec![objection])?;
        let pieces = limits.tokens.saturating_mul(PIECES_PER_TOKEN);
        let mut parser = Parser::new().recursion_limit(NESTING).token_limit(pieces);
        let parsed = parser.parse_ast(text, "document.graphql");
        if parser.tokens_reached() > pieces {
            return Err(vec![tokens::too_many(limits)]);
        }
        if parser.recursion_reached() >= NESTING {
            return Err(vec![tokens::too_deep(limits)]);
        }
        let ast = parsed.map_err(|errors| objections(ErrorCode::ParseFailed, &errors.errors))?;
        let excesses = bounds::check(&ast, limits).map_err(|objection| vec![objection])?;
        let executable = ast
            .to_executable_validate(schema)
            .map_err(|errors| objections(ErrorCode::ValidationFailed, &errors.errors))?;
        Ok(Self {
            conditions: conditions(&executable),
            executable,
            excesses,
            hash,
            weight: BYTES + text.len() + tokens * BYTES_PER_TOKEN,
            registered: AtomicBool::new(false),
        })
    }

    /// The hash of its text.
    pub fn hash(&self) -> DocumentHash {
        self.hash
    }

    /// Lets everybody ask for it by its hash alone, as long as it is kept.
    pub fn register(&self) {
        self.registered.store(true, Ordering::Relaxed);
    }

    /// Whether it was registered. What somebody merely sent is not to be found by its hash: that it
    /// was sent could tell what its literals are.
    pub fn is_registered(&self) -> bool {
        self.registered.load(Ordering::Relaxed)
    }

    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    /// The operation of this name, or the only one.
    pub(crate) fn operation(&self, name: Option<&str>) -> Result<&Node<Operation>, Vec<Objection>> {
        self.executable.operations.get(name).map_err(|_| {
            let message = match name {
                Some(_) => "The document has no operation of the name in `operationName`.",
                None => "The document has several operations: say which one in `operationName`.",
            };
            vec![Objection::new(ErrorCode::ValidationFailed, message)]
        })
    }

    /// Where a node of the document stands.
    pub(super) fn location<T>(&self, node: &Node<T>) -> Location {
        let place = node.location().and_then(|span| span.line_column(&self.executable.sources));
        place.map_or(Location { line: 1, column: 1 }, |place| Location {
            line: place.line,
            column: place.column,
        })
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({})", self.hash)
    }
}

fn conditions(document: &ExecutableDocument) -> Vec<Name> {
    let mut names = Vec::new();
    for operation in document.operations.iter() {
        add_conditions(&operation.selection_set, &mut names);
    }
    for fragment in document.fragments.values() {
        add_conditions(&fragment.selection_set, &mut names);
    }
    names.sort_unstable();
    names.dedup();
    names
}

fn add_conditions(set: &SelectionSet, names: &mut Vec<Name>) {
    for selection in &set.selections {
        for directive in ["skip", "include"] {
            let condition = selection.directives().get(directive);
            let condition = condition.and_then(|found| found.specified_argument_by_name("if"));
            if let Some(Literal::Variable(name)) = condition.map(AsRef::as_ref) {
                names.push(name.clone());
            }
        }
        match selection {
            Selection::Field(field) => add_conditions(&field.selection_set, names),
            Selection::InlineFragment(fragment) => add_conditions(&fragment.selection_set, names),
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// The most errors that one document gets.
const MOST: usize = 10;

fn objections(code: ErrorCode, errors: &DiagnosticList) -> Vec<Objection> {
    errors
        .iter()
        .take(MOST)
        .map(|error| {
            let place = error.line_column_range();
            Objection {
                code,
                message: error.error.to_string(),
                locations: place
                    .map(|range| Location { line: range.start.line, column: range.start.column })
                    .into_iter()
                    .collect(),
                field: None,
            }
        })
        .collect()
}
