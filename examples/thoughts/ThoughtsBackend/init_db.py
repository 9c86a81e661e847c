"""Makes the tables, and the first administrator, where they are not there yet."""

import sys

from sqlalchemy.exc import OperationalError

from thoughts_backend.app import create_app
from thoughts_backend.models import User, db
from thoughts_backend.settings import admin_password, database_url

ADMIN = "admin"


def init_db(password: str):
    db.create_all()
    if User.named(ADMIN) is None:
        db.session.add(User.new(ADMIN, password, is_admin=True))
        db.session.commit()
    print(f"the schema is there: {', '.join(sorted(db.metadata.tables))}")


def main():
    password = admin_password()
    # Nothing is signed here.
    with create_app(database_url(), token_key="").app_context():
        try:
            init_db(password)
        except OperationalError as error:
            # What the database says, without the way to there.
            sys.exit(str(error.orig))


if __name__ == "__main__":
    main()
