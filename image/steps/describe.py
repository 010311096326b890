"""describe.py NAME VERSION: the image's parts as SPDX 2.3, and its entry for Raspberry Pi Imager."""
import datetime
import hashlib
import json
import os
import sys
import urllib.parse

name, version = sys.argv[1:]
base = os.environ.get("CONPOT_PI_URL", "https://example.org/conpot-pi")
built = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)


def sha256(path):
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write(path, value):
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(value, stream, indent=1, sort_keys=True)
        stream.write("\n")


def package(line):
    package_name, package_version, architecture, source, source_version = line.rstrip("\n").split("\t")
    package_name = package_name.split(":")[0]
    locator = f"pkg:deb/debian/{package_name}@{urllib.parse.quote(package_version, safe='~.-')}?arch={architecture}&distro=debian-13"
    return {
        "SPDXID": "SPDXRef-" + "".join(c if c.isalnum() or c in ".-" else "-" for c in package_name),
        "name": package_name, "versionInfo": package_version, "sourceInfo": f"built from {source} {source_version}",
        "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION", "comment": f"licence: /usr/share/doc/{package_name}/copyright in the image",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}],
    }


image, packed = f"{name}.img", f"{name}.img.xz"
image_sum = sha256(image)
packages = [package(line) for line in open(f"{name}.packages", encoding="utf-8")]
write(f"{name}.spdx.json", {
    "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": name,
    "documentNamespace": f"{base}/spdx/{image_sum}",
    "creationInfo": {"created": built.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: conpot-pi image/steps/describe.py"]},
    "packages": packages,
    "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": p["SPDXID"]} for p in packages],
})
write(f"{name}.rpi-imager-manifest", {"os_list": [{
    "name": f"Conpot.Pi {version}", "description": "A decoy PLC: Siemens S7-200 with Modbus TCP, SNMP and S7comm",
    "url": f"{base}/{packed}", "icon": f"{base}/conpot-pi.svg", "website": base, "release_date": built.strftime("%Y-%m-%d"),
    "extract_size": os.path.getsize(image), "extract_sha256": image_sum,
    "image_download_size": os.path.getsize(packed), "image_download_sha256": sha256(packed),
    # The settings are ours, not Imager's: nothing of what it could customise is read.
    "init_format": "none", "devices": ["pi3-64bit", "pi4-64bit"], "architecture": "armv8",
}]})
print(f"{len(packages)} packages described")
