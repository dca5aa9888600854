-- Columns of type TIME are moved on by the days that have passed (see database.py).
CREATE TABLE shop (seeded_on TEXT NOT NULL);
CREATE TABLE products (
    sku TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, category TEXT NOT NULL,
    price INTEGER NOT NULL, aliases TEXT NOT NULL, details TEXT NOT NULL,
    specs TEXT NOT NULL DEFAULT '{}', material TEXT NOT NULL DEFAULT '',
    usage TEXT NOT NULL DEFAULT '', origin TEXT NOT NULL DEFAULT '',
    warranty_months INTEGER NOT NULL DEFAULT 0, sold INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE stock (
    sku TEXT NOT NULL REFERENCES products, spec TEXT NOT NULL, quantity INTEGER NOT NULL,
    PRIMARY KEY (sku, spec)
);
CREATE TABLE restock_notices (
    sku TEXT NOT NULL REFERENCES products, phone TEXT NOT NULL, PRIMARY KEY (sku, phone)
);
CREATE TABLE customers (
    customer_id TEXT PRIMARY KEY, phone TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    gender TEXT NOT NULL, email TEXT NOT NULL, level TEXT NOT NULL, growth INTEGER NOT NULL,
    points INTEGER NOT NULL, spent_year INTEGER NOT NULL, tags TEXT NOT NULL DEFAULT '[]',
    is_locked INTEGER NOT NULL DEFAULT 0, joined_at TIME NOT NULL, deletion_at TIME
);
CREATE TABLE orders (
    order_no TEXT PRIMARY KEY, customer_id TEXT NOT NULL REFERENCES customers,
    phone TEXT NOT NULL, receiver TEXT NOT NULL, status TEXT NOT NULL, address TEXT NOT NULL,
    ordered_at TIME NOT NULL, paid_at TIME, shipped_at TIME, signed_at TIME, cancelled_at TIME,
    urged_at TIME, freight INTEGER NOT NULL DEFAULT 0, discount INTEGER NOT NULL DEFAULT 0,
    coupon TEXT, points_used INTEGER NOT NULL DEFAULT 0, payment TEXT NOT NULL DEFAULT 'wechat',
    price_protected INTEGER NOT NULL DEFAULT 0, address_changed INTEGER NOT NULL DEFAULT 0,
    delivery_date TEXT, delivery_period TEXT
);
CREATE INDEX orders_by_phone ON orders (phone, ordered_at);
CREATE INDEX orders_by_customer ON orders (customer_id, ordered_at);
CREATE TABLE items (
    item_no INTEGER PRIMARY KEY, order_no TEXT NOT NULL REFERENCES orders, product TEXT NOT NULL, spec TEXT NOT NULL,
    quantity INTEGER NOT NULL, price INTEGER NOT NULL, parcel_no TEXT
);
CREATE INDEX items_by_order ON items (order_no);
CREATE TABLE parcels (
    parcel_no TEXT PRIMARY KEY, order_no TEXT NOT NULL REFERENCES orders, courier TEXT,
    tracking_no TEXT UNIQUE, status TEXT NOT NULL, shipped_at TIME, signed_at TIME,
    pickup_point TEXT, pickup_address TEXT, pickup_code TEXT
);
CREATE INDEX parcels_by_order ON parcels (order_no);
CREATE TABLE traces (tracking_no TEXT NOT NULL, at TIME NOT NULL, text TEXT NOT NULL);
CREATE INDEX traces_by_number ON traces (tracking_no, at);
CREATE TABLE returns (
    return_no TEXT PRIMARY KEY, order_no TEXT NOT NULL REFERENCES orders, service TEXT NOT NULL,
    reason TEXT NOT NULL, detail TEXT NOT NULL DEFAULT '', spec TEXT NOT NULL DEFAULT '',
    photos TEXT NOT NULL DEFAULT '[]', status TEXT NOT NULL, created_at TIME NOT NULL,
    updated_at TIME NOT NULL, courier TEXT, tracking_no TEXT
);
CREATE INDEX returns_by_order ON returns (order_no);
CREATE TABLE return_items (
    return_no TEXT NOT NULL REFERENCES returns, item_no INTEGER NOT NULL REFERENCES items,
    quantity INTEGER NOT NULL, PRIMARY KEY (return_no, item_no)
);
CREATE INDEX return_items_by_item ON return_items (item_no);
CREATE TABLE claims (
    claim_no TEXT PRIMARY KEY, order_no TEXT NOT NULL REFERENCES orders, kind TEXT NOT NULL,
    detail TEXT NOT NULL, photos TEXT NOT NULL DEFAULT '[]', status TEXT NOT NULL,
    created_at TIME NOT NULL, due_at TIME NOT NULL
);
CREATE INDEX claims_by_order ON claims (order_no);
CREATE TABLE invoices (
    order_no TEXT PRIMARY KEY REFERENCES orders, kind TEXT NOT NULL, title TEXT NOT NULL,
    tax_no TEXT NOT NULL DEFAULT '', email TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL DEFAULT '', status TEXT NOT NULL, invoice_no TEXT,
    created_at TIME NOT NULL, issued_at TIME
);
CREATE TABLE customer_coupons (
    customer_id TEXT NOT NULL REFERENCES customers, code TEXT NOT NULL, name TEXT NOT NULL,
    least INTEGER NOT NULL, off INTEGER NOT NULL, category TEXT NOT NULL DEFAULT '',
    got_at TIME NOT NULL, expires_at TIME NOT NULL, used_at TIME, order_no TEXT,
    PRIMARY KEY (customer_id, code)
);
CREATE TABLE point_entries (
    customer_id TEXT NOT NULL REFERENCES customers, at TIME NOT NULL, points INTEGER NOT NULL,
    why TEXT NOT NULL, order_no TEXT
);
CREATE INDEX point_entries_by_customer ON point_entries (customer_id, at);
CREATE TABLE gift_cards (
    code TEXT PRIMARY KEY, value INTEGER NOT NULL, balance INTEGER NOT NULL, customer_id TEXT,
    bound_at TIME, expires_at TIME NOT NULL
);
CREATE TABLE views (
    customer_id TEXT NOT NULL REFERENCES customers, sku TEXT NOT NULL REFERENCES products,
    at TIME NOT NULL
);
CREATE INDEX views_by_customer ON views (customer_id, at);
CREATE TABLE compensations (
    compensation_no TEXT PRIMARY KEY, customer_id TEXT, phone TEXT NOT NULL, kind TEXT NOT NULL,
    value INTEGER NOT NULL, reason TEXT NOT NULL, conversation TEXT NOT NULL DEFAULT '',
    order_no TEXT, created_at TIME NOT NULL
);
CREATE INDEX compensations_by_phone ON compensations (phone, created_at);
CREATE TABLE complaints (
    complaint_no TEXT PRIMARY KEY, customer_id TEXT, phone TEXT NOT NULL, order_no TEXT,
    about TEXT NOT NULL, detail TEXT NOT NULL, wish TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL, answer TEXT NOT NULL DEFAULT '', created_at TIME NOT NULL,
    due_at TIME NOT NULL
);
CREATE TABLE praises (
    customer_id TEXT, phone TEXT NOT NULL, about TEXT NOT NULL, text TEXT NOT NULL,
    created_at TIME NOT NULL
);
CREATE TABLE messages (phone TEXT NOT NULL, text TEXT NOT NULL, sent_at TIME NOT NULL);
CREATE INDEX messages_by_phone ON messages (phone, sent_at);
CREATE TABLE answered (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, answer TEXT NOT NULL,
    at TIME NOT NULL
)
