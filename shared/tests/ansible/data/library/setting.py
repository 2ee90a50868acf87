"""A module of a playbook's own: a line ``name = value`` in a file; idempotent, with check mode and diff."""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    words = {
        "path": {"type": "path", "required": True},
        "name": {"required": True},
        "value": {"required": True},
    }
    module = AnsibleModule(argument_spec=words, supports_check_mode=True)
    path, name = Path(module.params["path"]), module.params["name"]
    before = path.read_text() if path.exists() else ""
    kept = [line for line in before.splitlines() if line.partition(" = ")[0] != name]
    after = "".join(f"{line}\n" for line in [*kept, f"{name} = {module.params['value']}"])
    if before != after and not module.check_mode:
        path.write_text(after)
    module.exit_json(
        changed=before != after,
        path=str(path),
        diff={"before": before, "after": after, "before_header": str(path)},
    )


main()
