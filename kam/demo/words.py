"""What the demonstration's people write about their customers: subjects and texts in three languages, combined by counting."""

#: Language → kind → pairs of subject and text; `{family}`, `{size}`, `{pieces}` and `{month}` are filled by counting.
ACTIVITIES: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {
    "it": {
        "visit": (
            (
                "Visita in stabilimento: linea {size}",
                "Giro in produzione con il responsabile acquisti. {family}: volumi previsti {pieces} pezzi al mese da {month}. Chiedono consegne settimanali.",
            ),
            (
                "Riunione tecnica su {family}",
                "Discusso il passaggio alla taglia {size}. Il progettista vuole il disegno quotato entro due settimane; nessun problema di ingombro.",
            ),
            (
                "Audit fornitore superato",
                "Audit di processo senza non conformità maggiori. Due osservazioni minori: tracciabilità del trattamento termico e registro tarature.",
            ),
            (
                "Presentazione del programma consegne",
                "Presentato il piano per {month}. Il magazzino chiede imballi a rendere e un'etichetta con il loro codice articolo.",
            ),
            (
                "Reclamo chiarito sul posto",
                "Rumorosità su {pieces} pezzi: verificato il montaggio insieme alla qualità, gioco assiale fuori tolleranza. Concordata la selezione in stabilimento.",
            ),
            (
                "Trattativa per {month}",
                "Il nuovo responsabile acquisti vuole rivedere l'accordo quadro. Un concorrente è in prova sulla linea {size}.",
            ),
        ),
        "call": (
            (
                "Sollecito conferma d'ordine",
                "Confermata la data di consegna per i {family}; l'ufficio acquisti invia la conferma firmata entro venerdì.",
            ),
            (
                "Volumi per {month}",
                "Previsione aggiornata: circa {pieces} pezzi al mese. La linea nuova parte più tardi del previsto.",
            ),
            (
                "Disponibilità {family} {size}",
                "Servono {pieces} pezzi di campionatura. Verifico con la programmazione e rispondo domani.",
            ),
        ),
        "mail": (
            (
                "Richiesta di offerta {family} {size}",
                "Ricevuto il disegno aggiornato; chiedono offerta per lotti da {pieces} pezzi con resa DAP.",
            ),
            (
                "Invio certificati materiale",
                "Inviati i certificati 3.1 delle ultime tre consegne, come richiesto dalla qualità fornitori.",
            ),
        ),
        "note": (
            (
                "Cambio di organizzazione",
                "La qualità fornitori passa al gruppo da {month}; il riferimento locale resta lo stesso.",
            ),
            (
                "Nuovo capannone in costruzione",
                "Ampliamento previsto per {month}: due linee in più, fabbisogno stimato {pieces} pezzi all'anno.",
            ),
        ),
        "task": (
            ("Preparare scheda tecnica {family} {size}", "Con coppia nominale, inerzia e temperatura di esercizio."),
            ("Aggiornare la previsione di {month}", "Confrontare con il portafoglio ordini prima della riunione."),
        ),
    },
    "de": {
        "visit": (
            (
                "Werksbesuch: Linie {size}",
                "Rundgang mit dem Leiter Einkauf. {family}: rund {pieces} Stück pro Monat ab {month} geplant, Anlieferung wöchentlich.",
            ),
            (
                "Technisches Gespräch zu {family}",
                "Umstellung auf Baugröße {size} besprochen. Die Konstruktion braucht das 3D-Modell; Bauraum passt.",
            ),
            (
                "Lieferantenaudit bestanden",
                "Prozessaudit ohne Hauptabweichung. Zwei Hinweise: Rückverfolgbarkeit der Wärmebehandlung und Prüfmittelliste.",
            ),
            (
                "Jahresgespräch mit dem Einkauf",
                "Rahmenvertrag läuft im {month} aus. Der Einkauf will Mengenstaffeln; ein Wettbewerber bemustert gerade Linie {size}.",
            ),
            (
                "Beanstandung vor Ort geklärt",
                "Laufgeräusch an {pieces} Stück: Einbau geprüft, Axialspiel außerhalb der Toleranz. Sortierung im Werk vereinbart.",
            ),
        ),
        "call": (
            ("Liefertermin bestätigt", "Termin für {family} steht; die unterschriebene Auftragsbestätigung kommt bis Freitag."),
            ("Mengen für {month}", "Neue Vorschau: etwa {pieces} Stück pro Monat. Der Anlauf der neuen Linie verschiebt sich."),
            ("Muster {family} {size}", "{pieces} Musterteile gewünscht. Kläre mit der Produktionsplanung und melde mich morgen."),
        ),
        "mail": (
            ("Anfrage {family} {size}", "Überarbeitete Zeichnung erhalten; Angebot für Losgröße {pieces} frei Werk gewünscht."),
            ("Materialzeugnisse gesendet", "Zeugnisse 3.1 der letzten drei Lieferungen an die Lieferantenqualität geschickt."),
        ),
        "note": (
            (
                "Neue Zuständigkeiten",
                "Die Lieferantenqualität wird ab {month} zentral geführt; der Ansprechpartner im Werk bleibt.",
            ),
            ("Werkserweiterung", "Zwei weitere Linien ab {month}, geschätzter Bedarf {pieces} Stück pro Jahr."),
        ),
        "task": (
            ("Datenblatt {family} {size} vorbereiten", "Mit Nennmoment, Trägheit und Betriebstemperatur."),
            ("Vorschau {month} abgleichen", "Vor der Besprechung mit dem Auftragsbestand vergleichen."),
        ),
    },
    "en": {
        "visit": (
            (
                "Plant visit: line {size}",
                "Walked the floor with purchasing. {family}: about {pieces} pieces a month expected from {month}, weekly deliveries wanted.",
            ),
            (
                "Engineering review of {family}",
                "Discussed the move to size {size}. Design needs the 3D model within two weeks; the envelope fits.",
            ),
            (
                "Supplier audit passed",
                "Process audit without a major finding. Two remarks: heat treatment traceability and the gauge register.",
            ),
            (
                "Blanket order review",
                "The agreement ends in {month}. Purchasing asks for quantity scales; a competitor is sampling line {size}.",
            ),
            (
                "Complaint looked at on site",
                "Noise on {pieces} pieces: fitted together with quality, end play out of tolerance. Sorting at the plant agreed.",
            ),
        ),
        "call": (
            ("Delivery date confirmed", "The date for {family} stands; the signed confirmation follows by Friday."),
            ("Volumes for {month}", "New outlook: about {pieces} pieces a month. The new line starts later than planned."),
            ("Samples of {family} {size}", "They need {pieces} samples. Checking with planning, answer tomorrow."),
        ),
        "mail": (
            (
                "Request for quotation {family} {size}",
                "Revised drawing received; they ask for lots of {pieces} pieces, delivered at place.",
            ),
            ("Material certificates sent", "Certificates 3.1 of the last three deliveries sent to supplier quality."),
        ),
        "note": (
            ("New responsibilities", "Supplier quality moves to the group from {month}; the contact at the plant stays."),
            ("Plant extension", "Two more lines from {month}, estimated need {pieces} pieces a year."),
        ),
        "task": (
            ("Prepare data sheet {family} {size}", "With rated torque, inertia and working temperature."),
            ("Reconcile the {month} outlook", "Compare with the order book before the meeting."),
        ),
    },
}
NEXT_STEPS = {
    "it": (
        "Inviare offerta aggiornata",
        "Mandare i campioni",
        "Fissare visita con il tecnico",
        "Confermare il piano consegne",
        "Chiedere il programma produttivo",
    ),
    "de": (
        "Angebot überarbeiten",
        "Muster senden",
        "Termin mit der Technik vereinbaren",
        "Lieferplan bestätigen",
        "Produktionsprogramm anfragen",
    ),
    "en": (
        "Send the revised quotation",
        "Ship the samples",
        "Plan a visit with engineering",
        "Confirm the delivery plan",
        "Ask for the build schedule",
    ),
}
PROMISES = {
    "it": (
        ("ours", "Campioni {family} {size}, {pieces} pezzi"),
        ("ours", "Relazione di prova della coppia"),
        ("theirs", "Disegno definitivo della flangia"),
        ("ours", "Piano consegne del trimestre"),
        ("theirs", "Previsione di consumo a sei mesi"),
        ("ours", "Risposta sul reclamo"),
    ),
    "de": (
        ("ours", "Muster {family} {size}, {pieces} Stück"),
        ("ours", "Prüfbericht Drehmoment"),
        ("theirs", "Endgültige Zeichnung des Flansches"),
        ("ours", "Lieferplan für das Quartal"),
        ("theirs", "Bedarfsvorschau für sechs Monate"),
        ("ours", "Antwort auf die Beanstandung"),
    ),
    "en": (
        ("ours", "Samples {family} {size}, {pieces} pieces"),
        ("ours", "Torque test report"),
        ("theirs", "Final drawing of the flange"),
        ("ours", "Delivery plan for the quarter"),
        ("theirs", "Six month outlook"),
        ("ours", "Answer to the complaint"),
    ),
}
OUTCOMES = {
    "it": ("Consegnato di persona", "Il fornitore del trattamento ha ritardato di due settimane"),
    "de": ("Persönlich übergeben", "Die Wärmebehandlung lag zwei Wochen zurück"),
    "en": ("Handed over in person", "Heat treatment ran two weeks late"),
}
FAMILIES = {
    "it": ("giunti elastici", "riduttori ortogonali", "riduttori epicicloidali", "alberi cardanici", "calettatori"),
    "de": ("elastische Kupplungen", "Kegelstirnradgetriebe", "Planetengetriebe", "Gelenkwellen", "Schrumpfscheiben"),
    "en": ("flexible couplings", "bevel-helical gearboxes", "planetary gearboxes", "cardan shafts", "shrink discs"),
}
MONTHS = {
    "it": ("gennaio", "aprile", "luglio", "ottobre"),
    "de": ("Januar", "April", "Juli", "Oktober"),
    "en": ("January", "April", "July", "October"),
}
COMMENTS = {
    "it": (
        "@[{key}] puoi verificare i tempi con la programmazione?",
        "@[{key}] ne parliamo prima della prossima visita.",
        "@[{key}] serve il tuo parere sulla tolleranza.",
    ),
    "de": (
        "@[{key}] kannst du die Termine mit der Planung klären?",
        "@[{key}] bitte vor dem nächsten Besuch besprechen.",
        "@[{key}] deine Meinung zur Toleranz, bitte.",
    ),
    "en": (
        "@[{key}] can you check the dates with planning?",
        "@[{key}] let us talk before the next visit.",
        "@[{key}] your view on the tolerance, please.",
    ),
}
