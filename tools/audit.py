"""Ask for known vulnerabilities in what is installed here, by pip-audit; status 1 if there are any.

Where no service answers (offline, or behind a mirror that knows packages but no advisories)
it says so, and that nothing was audited.
"""

import json
import subprocess
import sys

COMMAND = ["-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--skip-editable"]


def main() -> int:
    done = subprocess.run([sys.executable, *COMMAND], capture_output=True, text=True)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        lines = done.stderr.strip().splitlines() or ["no answer"]
        print(f"Skipped, nothing was audited: {lines[-1]}")
        return 0
    audited = [package for package in packages if "skip_reason" not in package]
    skipped = [package for package in packages if "skip_reason" in package]
    for package in audited:
        for fault in package["vulns"]:
            fixed = ", ".join(fault["fix_versions"]) or "no version yet"
            print(f"{package['name']} {package['version']}: {fault['id']}, fixed in {fixed}")
    if skipped:
        print(f"{len(skipped)} packages could not be audited, such as {skipped[0]['name']}: "
              f"{skipped[0]['skip_reason']}")  # fmt: skip
    if not audited:
        print("Skipped: no package could be audited from here.")
    found = sum(len(package["vulns"]) for package in audited)
    print(f"{len(audited)} packages audited, {found} known vulnerabilities")
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main())
