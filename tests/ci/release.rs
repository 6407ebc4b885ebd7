//! The jobs of the release that may write, run as GitHub runs them on files of a small release.
//! `skopeo`, `cosign` and `gh` are stand-ins that note what they are asked for.

use super::repository::{ROOT, Repository, said};
use serde_yaml::Value;
use std::fs;
use std::process::Output;

const TAG: &str = "v7.8.9";
const IMAGE: &str = "ghcr.io/proxy-service/proxy-service";

/// A registry is a folder with a file for each tag; an archive is its own manifest.
const SKOPEO: &str = r#"#!/bin/bash
set -euo pipefail
echo "skopeo $*" >>"$ASKED"
place() { case $1 in oci-archive:*) echo "${1#oci-archive:}" ;; docker://*) echo "$REGISTRY/${1##*/}" ;; esac; }
case $1 in
login) cat >"$REGISTRY/token" ;;
inspect) cat "$(place "$3")" ;;
copy) cp "$(place "$4")" "$(place "$5")" ;;
esac
"#;
const NOTING: &str = "#!/bin/bash\necho \"$(basename \"$0\") $*\" >>\"$ASKED\"\n";

struct Release(Repository);

impl Release {
    /// The files that the job `build` would have left, where a job finds them.
    fn new() -> Self {
        let repository = Repository::new();
        repository.stand_in("skopeo", SKOPEO);
        repository.stand_in("cosign", NOTING);
        repository.stand_in("gh", NOTING);
        let make = "mkdir -p ../job/dist ../job/signatures ../registry && cd ../job/dist && echo image >proxy-service-7.8.9-image.tar && \
            echo program >program.tar.gz && sha256sum * >SHA256SUMS && echo {} >../signatures/SHA256SUMS.sigstore.json";
        repository.shell(make, &[]);
        Release(repository)
    }

    fn shell(&self, line: &str) -> String {
        self.0.shell(&format!("cd ../job && {line}"), &[]).trim().to_string()
    }

    fn digest(&self) -> String {
        self.shell("echo sha256:$(sha256sum <dist/proxy-service-7.8.9-image.tar | cut -d' ' -f1)")
    }

    /// One step, with what `build` says about its files.
    fn step(&self, job: &str, name: &str) -> Output {
        self.step_with(job, name, &[])
    }

    fn step_with(&self, job: &str, name: &str, set: &[(&str, &str)]) -> Output {
        let file = fs::read_to_string(format!("{ROOT}/.github/workflows/release.yaml")).unwrap();
        let workflow: Value = serde_yaml::from_str(&file).unwrap();
        let steps = workflow["jobs"][job]["steps"].as_sequence().unwrap().clone();
        let step = steps.iter().find(|step| step["name"].as_str() == Some(name)).unwrap_or_else(|| panic!("no step {name:?}"));
        let folder = step["working-directory"].as_str().unwrap_or(".");
        let script = format!("cd \"../job/{folder}\"\n{}", step["run"].as_str().unwrap());
        let checksum = self.shell("sha256sum <dist/SHA256SUMS | cut -d' ' -f1");
        let (digest, beside) = (self.digest(), |name: &str| self.0.beside(name).to_str().unwrap().to_string());
        let (asked, registry, temp) = (beside("asked"), beside("registry"), beside("temp"));
        let own = [
            ("CHECKSUM", checksum.as_str()),
            ("DIGEST", &digest),
            ("TOKEN", "secret-token"),
            ("GH_TOKEN", "secret-token"),
            ("IMAGE", workflow["env"]["IMAGE"].as_str().unwrap()),
            ("GITHUB_REF_NAME", TAG),
            ("GITHUB_ACTOR", "somebody"),
            ("GITHUB_REPOSITORY", "proxy-service/proxy-service"),
            ("RUNNER_TEMP", &temp),
            ("ASKED", &asked),
            ("REGISTRY", &registry),
        ];
        self.0.run("bash", &["--noprofile", "--norc", "-eo", "pipefail", "-c", &script], &[&own[..], set].concat())
    }

    fn asked(&self) -> String {
        fs::read_to_string(self.0.beside("asked")).unwrap_or_default()
    }
}

#[test]
fn files_that_are_not_those_of_the_build_are_refused() {
    for job in ["sign", "image", "publish"] {
        let release = Release::new();
        let fine = release.step(job, "Verify");
        assert!(fine.status.success(), "{job}: {}", said(&fine));
        let other_sums = release.step_with(job, "Verify", &[("CHECKSUM", &"0".repeat(64))]);
        assert!(!other_sums.status.success(), "{job}: {}", said(&other_sums));
        release.shell("echo other >dist/program.tar.gz");
        let other_file = release.step(job, "Verify");
        assert!(!other_file.status.success(), "{job}: {}", said(&other_file));
        release.shell("rm dist/program.tar.gz");
        assert!(!release.step(job, "Verify").status.success(), "{job}: a file is missing");
    }
    let release = Release::new();
    release.shell("echo more >dist/more");
    assert!(!release.step("sign", "Verify").status.success(), "a file without a checksum would be published");
}

#[test]
fn the_image_is_pushed_once_and_signed_by_its_digest() {
    let release = Release::new();
    for _ in 0..2 {
        let pushed = release.step("image", "Push");
        assert!(pushed.status.success(), "{}", said(&pushed));
    }
    let asked = release.asked();
    assert_eq!(asked.matches("skopeo copy --all --preserve-digests").count(), 1, "{asked}");
    assert_eq!(asked.matches(&format!("cosign sign --yes {IMAGE}@{}\n", release.digest())).count(), 2, "{asked}");
    assert!(!asked.contains("secret-token"), "{asked}");
    assert_eq!(fs::read_to_string(release.0.beside("registry/token")).unwrap(), "secret-token\n");
    assert!(release.0.beside("registry/proxy-service:7.8.9").exists());
}

#[test]
fn a_version_is_one_image_for_ever() {
    let release = Release::new();
    fs::write(release.0.beside("registry/proxy-service:7.8.9"), "another image\n").unwrap();
    let pushed = release.step("image", "Push");
    assert!(!pushed.status.success(), "{}", said(&pushed));
    let asked = release.asked();
    assert!(!asked.contains("skopeo copy") && !asked.contains("cosign"), "{asked}");
}

#[test]
fn another_image_than_was_built_is_not_pushed() {
    let release = Release::new();
    let pushed = release.step_with("image", "Push", &[("DIGEST", &format!("sha256:{}", "0".repeat(64)))]);
    assert!(!pushed.status.success(), "{}", said(&pushed));
    assert!(!release.asked().contains("skopeo copy"), "{}", release.asked());
}

#[test]
fn the_draft_has_every_file_and_the_signatures() {
    let release = Release::new();
    let drafted = release.step("publish", "Draft");
    assert!(drafted.status.success(), "{}", said(&drafted));
    let due = "gh release create v7.8.9 --repo proxy-service/proxy-service --draft --verify-tag dist/SHA256SUMS \
        dist/program.tar.gz dist/proxy-service-7.8.9-image.tar signatures/SHA256SUMS.sigstore.json\n";
    assert_eq!(release.asked(), due);
}

#[test]
fn the_rust_of_a_release_is_that_of_the_dockerfile() {
    let file = fs::read_to_string(format!("{ROOT}/.github/workflows/release.yaml")).unwrap();
    let workflow: Value = serde_yaml::from_str(&file).unwrap();
    let version = workflow["jobs"]["build"]["env"]["RUST_VERSION"].as_str().unwrap().to_string();
    let minor = version.rsplit_once('.').unwrap().0;
    let dockerfile = fs::read_to_string(format!("{ROOT}/Dockerfile")).unwrap();
    assert!(dockerfile.contains(&format!(" rust:{minor}-alpine@sha256:")), "{version}\n{dockerfile}");
}
