//! What an Argo CD Application says to the plugin.
//!
//! Argo CD hands `spec.source.plugin.parameters` over as JSON in `ARGOCD_APP_PARAMETERS` (`null`
//! without any) and each `spec.source.plugin.env` entry as `ARGOCD_ENV_<NAME>`. Values of `env`, and
//! only those, may hold `$ARGOCD_APP_…`; so every parameter can be given either way. Whoever writes
//! an Application need not be who runs Argo CD: nothing here becomes part of a command line but words
//! of [`ALLOWABLE_FLAGS`].

use crate::findings::Code;
use crate::krm::{Finding, Findings};
use crate::spelling;
use serde_json::Value as Json;
use std::path::{Component, Path, PathBuf};

/// Options of `kustomize build` that an Application may ask for, where the plugin's own command
/// allows it; with the option itself.
pub const ALLOWABLE_FLAGS: [(&str, &str); 2] =
    [("enable-helm", "--enable-helm"), ("load-restrictions-none", "--load-restrictor=LoadRestrictionsNone")];

const OVERLAY: &str = "overlay";
const RECURSE: &str = "recurse";
const FLAGS: &str = "kustomize-flags";
const NAMES: [&str; 3] = [OVERLAY, RECURSE, FLAGS];

/// The parameters of one Application.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// The folder to build, below the Application's own; empty for that one.
    pub overlay: PathBuf,
    /// Whether a folder without kustomization is read with the folders in it.
    pub recurse: bool,
    /// Options for `kustomize build`.
    pub flags: Vec<&'static str>,
}

/// A value as the Application wrote it, and the field it wrote it to.
struct Given {
    field: String,
    value: Json,
}

impl Parameters {
    /// Reads them. `json` is `ARGOCD_APP_PARAMETERS`, `environment` gives the value of a variable,
    /// `allowed` are the names of [`ALLOWABLE_FLAGS`] that the plugin's command allows.
    ///
    /// # Errors
    /// A finding for each parameter that is unknown or has a value that it cannot have.
    pub fn read(json: Option<&str>, environment: impl Fn(&str) -> Option<String>, allowed: &[String]) -> Result<Self, Findings> {
        let mut findings = Findings::default();
        let listed = listed(json)?;
        for entry in &listed {
            if let Err(finding) = known(entry) {
                findings.push(finding);
            }
        }
        let mut given = |name| match given(name, &listed, &environment) {
            Ok(given) => given,
            Err(finding) => {
                findings.push(finding);
                None
            }
        };
        let (overlay, recurse, flags) = (given(OVERLAY), given(RECURSE), given(FLAGS));
        let mut keep = |finding| findings.push(finding);
        let parameters = Parameters {
            overlay: overlay.map_or(Ok(PathBuf::new()), |given| given.overlay()).map_err(&mut keep).unwrap_or_default(),
            recurse: recurse.map_or(Ok(false), |given| given.recurse()).map_err(&mut keep).unwrap_or_default(),
            flags: flags.map_or(Ok(Vec::new()), |given| given.flags(allowed)).map_err(&mut keep).unwrap_or_default(),
        };
        if findings.is_empty() { Ok(parameters) } else { Err(findings) }
    }
}

/// The entries of the list.
fn listed(json: Option<&str>) -> Result<Vec<Json>, Finding> {
    let Some(json) = json.filter(|json| !json.trim().is_empty()) else { return Ok(Vec::new()) };
    let unreadable = |what: String| {
        let remedy = "leave it to Argo CD, or set it to a list such as [{\"name\":\"overlay\",\"string\":\"overlays/prod\"}]";
        Finding::error(Code::PluginParametersUnreadable, format!("ARGOCD_APP_PARAMETERS is {}: {what}", quoted(json)), remedy)
    };
    match serde_json::from_str(json).map_err(|error| unreadable(format!("{error}")))? {
        Json::Null => Ok(Vec::new()),
        Json::Array(entries) => match entries.iter().find(|entry| !entry["name"].is_string()) {
            Some(_) => Err(unreadable("an entry has no name".into())),
            None => Ok(entries),
        },
        _ => Err(unreadable("that is no list".into())),
    }
}

fn known(entry: &Json) -> Result<(), Finding> {
    let name = entry["name"].as_str().unwrap_or_default();
    if NAMES.contains(&name) {
        return Ok(());
    }
    let nearest = spelling::closest(name, &NAMES, 1, 0.5);
    let nearest = nearest.first().map(|nearest| format!("; did you mean \"{nearest}\"?")).unwrap_or_default();
    let message = format!("there is no parameter {}{nearest}", quoted(name));
    let remedy = format!("use one of {}, or remove it", NAMES.join(", "));
    Err(Finding::error(Code::UnknownPluginParameter, message, remedy).at(field(name)).seen(entry.clone()))
}

/// What an Application gives a parameter, in the list or as a variable.
fn given(name: &str, listed: &[Json], environment: &impl Fn(&str) -> Option<String>) -> Result<Option<Given>, Finding> {
    let mut all = Vec::new();
    for entry in listed.iter().filter(|entry| entry["name"] == name) {
        let forms: Vec<&Json> =
            ["string", "array", "map"].iter().filter_map(|form| entry.get(form)).filter(|value| !value.is_null()).collect();
        all.extend(forms.into_iter().map(|value| Given { field: field(name), value: value.clone() }));
    }
    let variable = name.to_ascii_uppercase().replace('-', "_");
    if let Some(value) = environment(&format!("ARGOCD_ENV_{variable}")) {
        all.push(Given { field: format!("spec.source.plugin.env[{variable}]"), value: Json::String(value) });
    }
    // The form of the user interface sends what was left empty too.
    all.retain(|given| !matches!(&given.value, Json::String(text) if text.trim().is_empty()));
    if let [first, second, ..] = &all[..] {
        let message = format!("the parameter \"{name}\" has two values, {} and {}", first.value, second.value);
        return Err(Finding::error(Code::InvalidPluginParameter, message, format!("keep the one in {} alone", first.field))
            .at(second.field.clone())
            .seen(second.value.clone()));
    }
    Ok(all.pop())
}

impl Given {
    fn invalid(&self, why: &str, remedy: &str) -> Finding {
        let message = format!("the value is {}, {why}", quoted(&self.value.to_string()));
        Finding::error(Code::InvalidPluginParameter, message, remedy).at(self.field.clone()).seen(self.value.clone())
    }

    fn overlay(&self) -> Result<PathBuf, Finding> {
        let remedy = "write the path of a folder below the Application's own, such as overlays/prod";
        let text = self.value.as_str().ok_or_else(|| self.invalid("not a string", remedy))?.trim();
        let path = Path::new(text);
        let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !inside || text.contains('\\') || text.chars().any(char::is_control) {
            return Err(self.invalid("which leads out of the Application's folder", remedy));
        }
        // `-x` would be an option to some program, sooner or later.
        Ok(Path::new(".").join(path).components().collect())
    }

    fn recurse(&self) -> Result<bool, Finding> {
        match self.value.as_str().map(str::trim) {
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            _ => Err(self.invalid("neither \"true\" nor \"false\"", "write \"true\" or \"false\", in quotes")),
        }
    }

    fn flags(&self, allowed: &[String]) -> Result<Vec<&'static str>, Finding> {
        let words: Vec<&str> = match &self.value {
            Json::String(words) => words.split_whitespace().collect(),
            Json::Array(words) => words.iter().map(|word| word.as_str().unwrap_or("")).collect(),
            _ => return Err(self.invalid("not a list of strings", "write a list, such as [enable-helm]")),
        };
        let mut flags = Vec::new();
        for word in words {
            let bare = word.trim_start_matches('-');
            match ALLOWABLE_FLAGS.iter().find(|(name, _)| *name == bare && allowed.iter().any(|allowed| allowed == name)) {
                Some((_, flag)) => flags.push(*flag),
                None => return Err(self.not_allowed(word, allowed)),
            }
        }
        Ok(flags)
    }

    fn not_allowed(&self, word: &str, allowed: &[String]) -> Finding {
        let (allowed, names) = (allowed.join(", "), ALLOWABLE_FLAGS.map(|(name, _)| name));
        let allowed = if allowed.is_empty() { "none".to_string() } else { allowed };
        let why = format!("and this plugin does not allow {} (it allows: {allowed})", quoted(word));
        let bare = word.trim_start_matches('-');
        if names.contains(&bare) {
            let remedy = format!("remove it, or have who runs Argo CD add `--allow={bare}` to the plugin's generate command");
            return self.invalid(&why, &remedy);
        }
        self.invalid(&why, &format!("remove it; no others than {} can be allowed", names.join(", ")))
    }
}

fn field(name: &str) -> String {
    format!("spec.source.plugin.parameters[{}]", shortened(name))
}

/// A value in a message: on one line, and not longer than a line.
fn quoted(value: &str) -> String {
    let short = shortened(value);
    if value.starts_with(['"', '[', '{']) { short } else { format!("\"{short}\"") }
}

fn shortened(value: &str) -> String {
    let line: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect();
    if value.chars().nth(120).is_some() { line + "…" } else { line }
}
