//! The real kpt on the package `functions/kpt/example`: in place, again and again.

use super::command::{PATIENCE, Tools, program_folder, run};
use super::report::Report;
use super::workspace::checkout;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

type Files = BTreeMap<String, String>;

pub fn exec(tools: &Tools, report: &mut Report) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let package = folder.path().join("quotes");
    report.check("kpt: the first run intercepts, and touches nothing else", first(tools, &package));
    report.check("kpt: the second run changes nothing", again(tools, &package));
    report.check("kpt: a changed spec changes what follows from it", changed(tools, &package));
    report.check("kpt: a wrong spec changes nothing, and the finding is shown", refused(tools, &package));
}

fn render(tools: &Tools, package: &Path) -> Result<(), String> {
    let mut kpt = tools.command(tools.path("kpt"), program_folder());
    run(kpt.args(["fn", "render", "--allow-exec"]).arg(package), None, PATIENCE)?.succeeded().map(drop)
}

fn first(tools: &Tools, package: &Path) -> Result<(), String> {
    copy(&checkout().join("functions/kpt/example"), package);
    let before = files(package);
    render(tools, package)?;
    let after = files(package);
    let different: Vec<_> =
        before.iter().filter(|(name, text)| after.get(*name) != Some(text)).map(|(name, _)| name.as_str()).collect();
    let generated = after.keys().filter(|name| !before.contains_key(*name)).count();
    if different != ["quotes.yaml"] || generated != 9 {
        return Err(format!("changed: {different:?}; {generated} new"));
    }
    let (old, new) = (&before["quotes.yaml"], &after["quotes.yaml"]);
    let rewritten = old.replacen("    app: quotes\n", "    msvcbench.io/front: quotes\n", 1).replacen(
        "targetPort: 8080",
        "targetPort: 10080",
        1,
    );
    if *new == rewritten { Ok(()) } else { Err(new.clone()) }
}

fn again(tools: &Tools, package: &Path) -> Result<(), String> {
    let before = files(package);
    render(tools, package)?;
    if files(package) == before { Ok(()) } else { Err("files differ".into()) }
}

fn changed(tools: &Tools, package: &Path) -> Result<(), String> {
    let before = files(package);
    edit(package, "maxReplicas: 3", "maxReplicas: 9")?;
    render(tools, package)?;
    let after = files(package);
    let different: Vec<_> =
        after.iter().filter(|(name, text)| before.get(*name) != Some(text)).map(|(name, _)| name.as_str()).collect();
    match different[..] {
        ["proxies.yaml", autoscaler]
            if autoscaler.contains("horizontalpodautoscaler") && after[autoscaler].contains("maxReplicas: 9\n") =>
        {
            Ok(())
        }
        _ => Err(format!("{different:?}")),
    }
}

fn refused(tools: &Tools, package: &Path) -> Result<(), String> {
    edit(package, "maxReplicas: 9", "maxReplicas: many")?;
    let before = files(package);
    match render(tools, package) {
        Err(why) if why.contains("error PS005") && files(package) == before => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

fn edit(package: &Path, old: &str, new: &str) -> Result<(), String> {
    let file = package.join("proxies.yaml");
    let text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
    fs::write(file, text.replace(old, new)).map_err(|error| error.to_string())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        fs::copy(&entry, to.join(entry.file_name().expect("a name"))).expect("a file");
    }
}

/// Every file of the package, by its path in it.
fn files(package: &Path) -> Files {
    let (mut found, mut open) = (Files::new(), vec![package.to_path_buf()]);
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(package).expect("inside").display().to_string();
                found.insert(name, fs::read_to_string(path).expect("a file"));
            }
        }
    }
    found
}
