"""Accounts of agents, their logins, and the audit log.

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Add what is new."""
    _create_accounts()
    _create_logins()
    _create_named()
    _create_audit()


def downgrade() -> None:
    """Take it away again."""
    for table in (
        "staff_audit_head",
        "staff_audit",
        "staff_named",
        "staff_attempts",
        "staff_invitations",
        "staff_logins",
        "staff_accounts",
    ):
        op.drop_table(table)


def _create_accounts() -> None:
    op.create_table(
        "staff_accounts",
        sa.Column("account_id", NAME, nullable=False),
        sa.Column("login_key", NAME, nullable=False),
        sa.Column("number_key", NAME, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("is_active", sa.Integer(), nullable=False),
        sa.Column("is_removed", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_staff_accounts"),
        sa.UniqueConstraint("login_key", name="uq_staff_accounts_login_key"),
        sa.UniqueConstraint("number_key", name="uq_staff_accounts_number_key"),
    )


def _create_logins() -> None:
    op.create_table(
        "staff_logins",
        sa.Column("login_id", NAME, nullable=False),
        sa.Column("account_id", NAME, nullable=False),
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("login_id", name="pk_staff_logins"),
        sa.UniqueConstraint("token_digest", name="uq_staff_logins_token_digest"),
    )
    op.create_index("ix_staff_logins_account_id", "staff_logins", ["account_id"])
    op.create_table(
        "staff_invitations",
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("account_id", NAME, nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("is_setup", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("token_digest", name="pk_staff_invitations"),
    )
    op.create_index("ix_staff_invitations_account_id", "staff_invitations", ["account_id"])
    op.create_table(
        "staff_attempts",
        sa.Column("key", NAME, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.Double(), nullable=False),
        sa.Column("locked_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_staff_attempts"),
    )


def _create_named() -> None:
    op.create_table(
        "staff_named",
        sa.Column("kind", NAME, nullable=False),
        sa.Column("named_id", NAME, nullable=False),
        sa.Column("name_key", NAME, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "named_id", name="pk_staff_named"),
        sa.UniqueConstraint("kind", "name_key", name="uq_staff_named_name_key"),
    )


def _create_audit() -> None:
    op.create_table(
        "staff_audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("actor_id", NAME, nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("act", NAME, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_staff_audit"),
    )
    op.create_table(
        "staff_audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff_audit_head"),
    )
