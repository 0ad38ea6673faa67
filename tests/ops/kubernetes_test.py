"""The manifests of Kubernetes: judged by its own types (a key that it does not have, or lacks, is an error), and held to rules of ours.
usage: kubernetes_test.py PROGRAM"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
MANIFESTS = ROOT / "ops/kubernetes"
TYPES = ROOT / "tests/ops/kubernetes"
PROGRAM = ""
SECONDS = 120
GROUPS = {"v1": "core/v1", "apps/v1": "apps/v1", "networking.k8s.io/v1": "networking/v1", "policy/v1": "policy/v1", "autoscaling/v2": "autoscaling/v2"}


def manifests():
    for path in sorted(MANIFESTS.glob("*.yaml")):
        if path.name != "kustomization.yaml":
            yield from ((path.name, document) for document in yaml.safe_load_all(path.read_text()))


def of_kind(kind):
    return {document["metadata"]["name"]: document for _, document in manifests() if document["kind"] == kind}


class Manifests(unittest.TestCase):
    def judged(self, documents):
        """What TypeScript, strict, says of the documents as values of Kubernetes' types."""
        lines = []
        for number, document in enumerate(documents):
            module = f"kubernetes-types/{GROUPS[document['apiVersion']]}"
            lines.append(f'import type {{ {document["kind"]} as T{number} }} from "{module}";\nexport const d{number}: T{number} = {json.dumps(document)};')
        folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        (folder / "node_modules").symlink_to(TYPES / "node_modules")
        (folder / "manifests.ts").write_text("\n".join(lines))
        done = subprocess.run(["node", TYPES / "node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--module", "nodenext", "--moduleResolution",
                               "nodenext", "--exactOptionalPropertyTypes", folder / "manifests.ts"], capture_output=True, text=True, check=False,
                              timeout=SECONDS, cwd=folder)
        return done.returncode, done.stdout

    def test_kubernetes_knows_every_key(self):
        documents = [document for _, document in manifests()]
        code, said = self.judged(documents)
        self.assertEqual(code, 0, said)

    def test_what_is_misspelled_missing_or_of_another_type_is_found(self):
        def broken(change):
            document = of_kind("Deployment")["app"]
            change(document)
            return document
        container = lambda document: document["spec"]["template"]["spec"]["containers"][0]  # noqa: E731
        bad = [broken(lambda document: document["spec"].update(replica=2)), broken(lambda document: document["spec"].pop("selector")),
               broken(lambda document: container(document)["securityContext"].update(readOnlyRootFilesystem="yes")),
               broken(lambda document: container(document)["readinessProbe"].update(httpget={}))]
        code, said = self.judged(bad)
        self.assertEqual((code != 0, len(re.findall(r"error TS", said))), (True, len(bad)), said)

    def test_pods_may_little(self):
        for name, deployment in of_kind("Deployment").items():
            pod = deployment["spec"]["template"]["spec"]
            security = pod["securityContext"]
            self.assertEqual((pod["enableServiceLinks"], pod["automountServiceAccountToken"]), (False, False), name)
            self.assertTrue(security["runAsNonRoot"] and security["runAsUser"] and security["seccompProfile"] == {"type": "RuntimeDefault"}, name)
            for container in pod["containers"]:
                own = container["securityContext"]
                self.assertEqual((own["allowPrivilegeEscalation"], own["readOnlyRootFilesystem"], own["capabilities"]), (False, True, {"drop": ["ALL"]}))
                self.assertEqual({(kind, of) for kind, limits in container["resources"].items() for of in limits},
                                 {(kind, of) for kind in ("requests", "limits") for of in ("cpu", "memory")})
                self.assertTrue(container["livenessProbe"] and container["readinessProbe"], name)
                self.assertNotIn("env", container, "secrets are files, and all else is in the settings")
        probes = of_kind("Deployment")["app"]["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual([probes[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")], ["/live", "/live", "/ready"])
        self.assertEqual(of_kind("Namespace")["causal-gym"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted")

    def test_what_one_names_another_has(self):
        deployments = of_kind("Deployment")
        self.assertEqual(set(deployments), set(of_kind("HorizontalPodAutoscaler")))
        self.assertEqual(set(deployments), set(of_kind("PodDisruptionBudget")))
        for name, deployment in deployments.items():
            labels = deployment["spec"]["template"]["metadata"]["labels"]
            selectors = [deployment["spec"]["selector"]["matchLabels"], of_kind("PodDisruptionBudget")[name]["spec"]["selector"]["matchLabels"]]
            if name in of_kind("Service"):
                selectors.append(of_kind("Service")[name]["spec"]["selector"])
            for selector in selectors:
                self.assertLessEqual(selector.items(), labels.items(), name)
            self.assertEqual(of_kind("HorizontalPodAutoscaler")[name]["spec"]["scaleTargetRef"]["name"], name)
            pod = deployment["spec"]["template"]["spec"]
            self.assertIn(pod["serviceAccountName"], of_kind("ServiceAccount"))
            volumes = {volume["name"] for volume in pod["volumes"]}
            for container in pod["containers"]:
                self.assertLessEqual({mount["name"] for mount in container["volumeMounts"]}, volumes)
                self.assertIn(container["envFrom"][0]["configMapRef"]["name"], of_kind("ConfigMap"))
        ports = {port["name"] for port in of_kind("Service")["app"]["spec"]["ports"]}
        backend = of_kind("Ingress")["app"]["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
        self.assertIn(backend["port"]["name"], ports)

    def test_no_secret_is_among_them(self):
        self.assertEqual(of_kind("Secret"), {})
        text = "".join(path.read_text() for path in MANIFESTS.glob("*.yaml"))
        self.assertEqual(re.findall(r"(?m)^\s*\w*(?:PASSWORD|SECRET_KEY|TOKEN|API_KEY|SECOND_FACTOR_KEY): .*$", text), [])

    def test_whoever_is_not_named_is_kept_out(self):
        policies = of_kind("NetworkPolicy")
        self.assertEqual(policies["nothing"]["spec"], {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})
        self.assertEqual({port["port"] for rule in policies["app"]["spec"]["ingress"] for port in rule["ports"]}, {8501, 8090})
        self.assertTrue(all(rule["from"] for rule in policies["app"]["spec"]["ingress"]))

    def test_the_kustomization_lists_every_file(self):
        listed = yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text())
        self.assertEqual(sorted(listed["resources"]), sorted({name for name, _ in manifests()}))
        self.assertEqual({image["name"] for image in listed["images"]}, {deployment["spec"]["template"]["spec"]["containers"][0]["image"]
                                                                        for deployment in of_kind("Deployment").values()})

    def test_the_program_takes_the_settings(self):
        folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        for name, text in (("database_url", "postgresql://causal_user@db/causal_experiments"), ("redis_url", "redis://redis:6379/0"),
                           ("jwt_secret_key", "x" * 43), ("second_factor_key", "y" * 43)):
            (folder / name).write_text(text)
        settings = {name: value.replace("/etc/causal-gym/secrets", str(folder)) for name, value in of_kind("ConfigMap")["causal-gym"]["data"].items()}
        done = subprocess.run([PROGRAM, "config", "check"], capture_output=True, text=True, check=False, timeout=SECONDS,
                              env=settings | {"HOME": str(folder)})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
