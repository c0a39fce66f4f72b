"""The tables that the bare twins read and write, as plain models; imported once Django is set up for them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class User(models.Model):
    """A person."""

    email = models.EmailField()
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    is_active = models.BooleanField()
    is_authenticated = True

    class Meta:
        app_label, managed, db_table = "bare", False, "accounts_user"


class Token(models.Model):
    """A token."""

    user = models.ForeignKey(User, models.DO_NOTHING)
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        app_label, managed, db_table = "bare", False, "core_apitoken"


class Group(models.Model):
    """A group of customers."""

    name = models.CharField(max_length=160)

    class Meta:
        app_label, managed, db_table = "bare", False, "accounts_customergroup"


class Customer(models.Model):
    """A customer."""

    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.IntegerField()
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=160)
    group = models.ForeignKey(Group, models.DO_NOTHING, null=True)
    status = models.CharField(max_length=10)
    status_reason = models.CharField(max_length=200)
    merged_into = models.ForeignKey("self", models.DO_NOTHING, null=True)
    vat_id = models.CharField(max_length=20)
    tax_code = models.CharField(max_length=20)
    country = models.CharField(max_length=2)
    address = models.CharField(max_length=200)
    postal_code = models.CharField(max_length=12)
    city = models.CharField(max_length=80)
    region = models.CharField(max_length=40)
    website = models.URLField()
    language = models.CharField(max_length=2)
    sector = models.ForeignKey(Group, models.DO_NOTHING, null=True, related_name="+")
    currency = models.CharField(max_length=3)
    payment_terms = models.CharField(max_length=4)
    incoterms = models.CharField(max_length=3)
    incoterms_place = models.CharField(max_length=70)
    incoterms_version = models.CharField(max_length=4)
    credit_limit = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    credit_limit_until = models.DateField(null=True)
    notes = models.TextField()

    class Meta:
        app_label, managed, db_table = "bare", False, "accounts_customer"


class Plant(models.Model):
    """A plant of a customer."""

    version = models.IntegerField()
    customer = models.ForeignKey(Customer, models.DO_NOTHING, related_name="plants")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=8)
    country = models.CharField(max_length=2)
    city = models.CharField(max_length=80)

    class Meta:
        app_label, managed, db_table = "bare", False, "accounts_plant"


class Offer(models.Model):
    """An offer."""

    created_at = models.DateTimeField(db_default=models.functions.Now())
    updated_at = models.DateTimeField(db_default=models.functions.Now())
    version = models.IntegerField(default=1)
    number = models.CharField(max_length=24, blank=True)
    revision = models.IntegerField(default=0)
    replaces = models.ForeignKey("self", models.DO_NOTHING, null=True)
    plant = models.ForeignKey(Plant, models.DO_NOTHING)
    selling_location = models.ForeignKey(Group, models.DO_NOTHING, related_name="+")
    contact = models.ForeignKey(Group, models.DO_NOTHING, null=True, related_name="+")
    language = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    subject = models.CharField(max_length=160)
    enquiry = models.CharField(max_length=60, blank=True)
    enquiry_complete_on = models.DateField(null=True)
    wanted_on = models.DateField(null=True)
    valid_until = models.DateField()
    payment_term = models.ForeignKey(Group, models.DO_NOTHING, null=True, related_name="+")
    incoterms = models.CharField(max_length=3, blank=True)
    incoterms_place = models.CharField(max_length=70, blank=True)
    incoterms_version = models.CharField(max_length=4, blank=True)
    delivery = models.CharField(max_length=160, blank=True)
    packaging = models.CharField(max_length=200, blank=True)
    warranty = models.CharField(max_length=200, blank=True)
    certificates = models.CharField(max_length=200, blank=True)
    assumptions = models.TextField(blank=True)
    exclusions = models.TextField(blank=True)
    deviations = models.TextField(blank=True)
    special_terms = models.BooleanField(default=False)
    notes = models.TextField(blank=True)
    status = models.CharField(max_length=14, default="draft")
    net = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    list_net = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    base_annual_value = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    level = models.IntegerField(default=0)
    triggers = models.JSONField(default=list)
    approved_print = models.CharField(max_length=64, blank=True)
    submitted_by = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True)
    sent_to = models.CharField(max_length=254, blank=True)
    decided_on = models.DateField(null=True)
    lost_reason = models.CharField(max_length=10, blank=True)
    lost_note = models.CharField(max_length=400, blank=True)
    competitor = models.CharField(max_length=120, blank=True)
    competitor_price = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    accepted_reference = models.CharField(max_length=60, blank=True)

    class Meta:
        app_label, managed, db_table = "bare", False, "orders_offer"


class Product(models.Model):
    """A product."""

    code = models.CharField(max_length=40)
    name_en = models.CharField(max_length=120)

    class Meta:
        app_label, managed, db_table = "bare", False, "catalog_product"


class OfferLine(models.Model):
    """A line of an offer."""

    version = models.IntegerField(default=1)
    offer = models.ForeignKey(Offer, models.DO_NOTHING, related_name="lines")
    position = models.IntegerField()
    kind = models.CharField(max_length=11, default="item")
    product = models.ForeignKey(Product, models.DO_NOTHING)
    description = models.CharField(max_length=400, blank=True)
    customer_part = models.CharField(max_length=35, blank=True)
    part_revision = models.CharField(max_length=20, blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    unit = models.CharField(max_length=8, default="pcs")
    price = models.DecimalField(max_digits=14, decimal_places=5)
    price_unit = models.IntegerField(default=1)
    step_quantities = ArrayField(models.DecimalField(max_digits=14, decimal_places=3), default=list)
    step_prices = ArrayField(models.DecimalField(max_digits=14, decimal_places=5), default=list)
    annual_quantity = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    minimum_quantity = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    surcharge_basis = models.CharField(max_length=160, blank=True)
    proposed = models.DecimalField(max_digits=14, decimal_places=5, null=True)
    list_price = models.DecimalField(max_digits=14, decimal_places=5, null=True)
    variable_cost = models.DecimalField(max_digits=14, decimal_places=5, null=True)
    cost_version = models.CharField(max_length=20, blank=True)
    why = models.JSONField(default=dict)

    class Meta:
        app_label, managed, db_table = "bare", False, "orders_offerline"


class Order(models.Model):
    """An order."""

    created_at = models.DateTimeField(db_default=models.functions.Now())
    updated_at = models.DateTimeField(db_default=models.functions.Now())
    version = models.IntegerField(default=1)
    number = models.CharField(max_length=24, blank=True)
    system = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=14, default="standard")
    status = models.CharField(max_length=19, default="received")
    held_from = models.CharField(max_length=19, blank=True)
    customer = models.ForeignKey(Customer, models.DO_NOTHING, related_name="+")
    plant = models.ForeignKey(Plant, models.DO_NOTHING, related_name="+")
    ship_to = models.ForeignKey(Plant, models.DO_NOTHING, null=True, related_name="+")
    bill_to = models.ForeignKey(Customer, models.DO_NOTHING, null=True, related_name="+")
    selling_location = models.ForeignKey(Group, models.DO_NOTHING, related_name="+")
    producing_location = models.ForeignKey(Group, models.DO_NOTHING, null=True, related_name="+")
    contact = models.ForeignKey(Group, models.DO_NOTHING, null=True, related_name="+")
    customer_reference = models.CharField(max_length=35, blank=True)
    customer_date = models.DateField(null=True)
    received_at = models.DateTimeField()
    channel = models.CharField(max_length=6, default="api")
    language = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    payment_term = models.ForeignKey(Group, models.DO_NOTHING, null=True, related_name="+")
    incoterms = models.CharField(max_length=3, blank=True)
    incoterms_place = models.CharField(max_length=70, blank=True)
    incoterms_version = models.CharField(max_length=4, blank=True)
    offer = models.ForeignKey(Offer, models.DO_NOTHING, null=True, related_name="+")
    requested_on = models.DateField(null=True)
    requested_type = models.CharField(max_length=7, default="ship")
    partial_allowed = models.BooleanField(default=True)
    penalty_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    penalty_cap = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    tolerance = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    certificates = models.CharField(max_length=200, blank=True)
    packaging = models.CharField(max_length=400, blank=True)
    transport = models.CharField(max_length=200, blank=True)
    vat_treatment = models.CharField(max_length=14, blank=True)
    declaration_of_intent = models.CharField(max_length=40, blank=True)
    own_terms = models.BooleanField(default=False)
    notes = models.TextField(blank=True)
    net = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    base_net = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    reviewed = models.BooleanField(default=False)
    confirmation = models.IntegerField(default=0)
    waiting_customer = models.BooleanField(default=False)
    ended_reason = models.CharField(max_length=400, blank=True)
    incomplete = models.JSONField(default=list)

    class Meta:
        app_label, managed, db_table = "bare", False, "orders_order"


class OrderLine(models.Model):
    """A line of an order."""

    version = models.IntegerField(default=1)
    order = models.ForeignKey(Order, models.DO_NOTHING, related_name="lines")
    position = models.IntegerField()
    product = models.ForeignKey(Product, models.DO_NOTHING, related_name="+")
    description = models.CharField(max_length=400, blank=True)
    customer_part = models.CharField(max_length=35, blank=True)
    part_revision = models.CharField(max_length=20, blank=True)
    agreed_revision = models.CharField(max_length=20, blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    unit = models.CharField(max_length=8, default="pcs")
    price = models.DecimalField(max_digits=14, decimal_places=5)
    price_unit = models.IntegerField(default=1)
    surcharge = models.DecimalField(max_digits=14, decimal_places=5, default=0)
    discount = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    requested_on = models.DateField(null=True)
    status = models.CharField(max_length=12, default="open")
    delivered_quantity = models.DecimalField(max_digits=14, decimal_places=3, default=0)
    invoiced_quantity = models.DecimalField(max_digits=14, decimal_places=3, default=0)
    lot_required = models.BooleanField(default=False)
    notes = models.CharField(max_length=400, blank=True)

    class Meta:
        app_label, managed, db_table = "bare", False, "orders_orderline"


class Complaint(models.Model):
    """A complaint."""

    created_at = models.DateTimeField(db_default=models.functions.Now())
    updated_at = models.DateTimeField(db_default=models.functions.Now())
    version = models.IntegerField(default=1)
    number = models.CharField(max_length=24)
    kind = models.CharField(max_length=9, default="quality")
    simple = models.BooleanField(default=False)
    status = models.CharField(max_length=18, default="received")
    severity = models.IntegerField(default=3)
    line_stop = models.BooleanField(default=False)
    safety = models.BooleanField(default=False)
    depth = models.CharField(max_length=9, blank=True)
    plant = models.ForeignKey(Plant, models.DO_NOTHING, related_name="+")
    selling_location = models.ForeignKey(Group, models.DO_NOTHING, related_name="+")
    producing_location = models.ForeignKey(Group, models.DO_NOTHING, related_name="+")
    reported_by = models.ForeignKey(User, models.DO_NOTHING, related_name="+")
    customer_reference = models.CharField(max_length=35, blank=True)
    customer_part = models.CharField(max_length=35, blank=True)
    delivery_note = models.CharField(max_length=40, blank=True)
    invoice = models.CharField(max_length=40, blank=True)
    batch = models.CharField(max_length=40, blank=True)
    serial = models.CharField(max_length=60, blank=True)
    text = models.TextField()
    defect = models.CharField(max_length=11, blank=True)
    detected_at = models.CharField(max_length=160, blank=True)
    remedy = models.CharField(max_length=11, blank=True)
    unit = models.CharField(max_length=8, default="pcs")
    channel = models.CharField(max_length=6, default="api")
    received_at = models.DateTimeField()
    receipt_way = models.CharField(max_length=6, blank=True)
    contained_to = models.CharField(max_length=254, blank=True)
    prevention_papers = models.TextField(blank=True)
    prevention_similar = models.TextField(blank=True)
    lessons = models.TextField(blank=True)
    rejection = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    answered_to = models.CharField(max_length=254, blank=True)
    acceptance = models.CharField(max_length=8, blank=True)
    effectiveness = models.TextField(blank=True)
    reopenings = models.IntegerField(default=0)

    class Meta:
        app_label, managed, db_table = "bare", False, "complaints_complaint"


class WorkItem(models.Model):
    """Something that a department has to do."""

    version = models.IntegerField(default=1)
    content_type_id = models.IntegerField()
    object_id = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    occasion = models.CharField(max_length=120, blank=True)
    payload = models.JSONField(default=dict)
    addressed_to = models.CharField(max_length=80)
    audience = models.CharField(max_length=80)
    excluded = ArrayField(models.BigIntegerField(), default=list)
    state = models.CharField(max_length=10, default="open")
    level = models.IntegerField(default=0)
    informed = ArrayField(models.TextField(), default=list)
    raised_to = ArrayField(models.TextField(), default=list)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.DO_NOTHING, related_name="+")
    due_at = models.DateTimeField()
    answer = models.CharField(max_length=40, blank=True)
    comment = models.TextField(blank=True)

    class Meta:
        app_label, managed, db_table = "bare", False, "core_workitem"


class Notification(models.Model):
    """What somebody is told in the app."""

    content_type_id = models.IntegerField()
    object_id = models.BigIntegerField()
    reader = models.ForeignKey(User, models.DO_NOTHING, related_name="+")
    kind = models.CharField(max_length=60)
    occasion = models.CharField(max_length=120, blank=True)
    context = models.JSONField(default=dict)
    urgent = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    digest = models.BooleanField(default=False)

    class Meta:
        app_label, managed, db_table = "bare", False, "core_notification"
