from labkit.checks import run_script


def test_the_line_is_written(code_folder):
    """The program writes the line Hello, operations! and nothing else."""
    run_script(code_folder / "hello_operations.py").exits(0).prints("Hello, operations!\n")


def test_it_ends_well(code_folder):
    """The program ends with status 0, and writes nothing to standard error."""
    ran = run_script(code_folder / "hello_operations.py")
    ran.exits(0, look="a program that comes to its end has the status 0 by itself")
    ran.expect(ran.stderr, "standard error").equals("")


def test_it_needs_no_keyboard(code_folder, tmp_path):
    """The program asks for nothing, and works in any folder."""
    run_script(code_folder / "hello_operations.py", folder=tmp_path).prints("Hello, operations!\n")
