"""What a person can mend, told by a code of Berth's catalogue: `berth` puts it into words."""


class Failure(Exception):
    """Something that ends the work and that a person can mend.

    code: of `server/src/spec/problems/`, for example "BERTH3142".
    params: what that problem's message is made of; JSON.
    """

    def __init__(self, code, **params):
        super().__init__(f"{code} {params}")
        self.code = code
        self.params = params


def reason(error):
    """One line that says what went wrong: the kind of error, and the last line of what it says that says anything."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
