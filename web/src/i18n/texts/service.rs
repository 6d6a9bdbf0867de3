//! How gateways stand, when they are out of service, and the timeline of what holds them.

super::texts! {
    Gateway:
        "Passerelle",
        "Gateway";
    HealthTitle:
        "Santé",
        "Health";
    StandsUp:
        "répond",
        "up";
    StandsBusy:
        "occupée par un direct",
        "busy with a live";
    StandsElsewhere:
        "occupée ailleurs",
        "busy elsewhere";
    StandsUnreachable:
        "injoignable",
        "unreachable";
    StandsRefusing:
        "refuse les ordres",
        "refuses orders";
    StandsWrongToken:
        "jeton refusé",
        "token refused";
    StandsUnknown:
        "état inconnu",
        "unknown";
    UpDo:
        "Elle répond comme il faut. Rien à faire.",
        "It answers as it should. Nothing to do.";
    BusyDo:
        "Elle fait l’image d’un direct d’Amphi. Rien à faire.",
        "It makes the picture of one of Amphi’s lives. Nothing to do.";
    ElsewhereDo:
        "Elle travaille pour une salle qui n’est pas d’Amphi : un autre service la pilote, ou un lancement d’autrefois n’a pas été arrêté. Vérifiez qui l’utilise avant de l’arrêter sur sa machine.",
        "It works for a room that is none of Amphi’s: another service drives it, or a run of old was never stopped. Find out who uses it before you stop it on its machine.";
    ElsewhereStartDo:
        "Elle a refusé un démarrage : plus de place. Sa génération ne dit à personne d’autre qu’elle est occupée. Regardez sur sa machine quel conteneur tourne, et arrêtez-le s’il ne sert à personne.",
        "It refused a start: no place left. Its generation tells nobody else that it is busy. See on its machine which container runs, and stop it if nobody uses it.";
    FrontServerDo:
        "Un serveur placé devant elle répond à sa place : elle est arrêtée, ou ce serveur ne la joint pas. Démarrez-la, puis vérifiez la configuration du serveur.",
        "A server in front of it answers in its place: it is down, or that server does not reach it. Start it, then check that server’s configuration.";
    RefusingDo:
        "Elle répond, mais refuse ce qu’on lui demande. Un filtre ou une limite est peut-être placé devant elle : autorisez l’adresse d’Amphi.",
        "It answers, but refuses what it is asked. A filter or a limit may stand in front of it: allow Amphi’s address.";
    NotAGatewayDo:
        "Autre chose répond à cette adresse. Vérifiez l’adresse, le port et le chemin de la passerelle.",
        "Something else answers at this address. Check the gateway’s address, port and path.";
    PoolDo:
        "C’est le proxy d’un ensemble de passerelles, et il ne prend aucun ordre. Voyez sur sa machine si ses passerelles tournent.",
        "This is the proxy of a pool, and it takes no orders. See on its machine whether its gateways run.";
    TooOldDo:
        "Elle est trop ancienne pour diffuser (avant 1.5), ou le chemin est faux. Mettez-la à jour, ou corrigez l’adresse.",
        "It is too old to stream (before 1.5), or the path is wrong. Update it, or mend the address.";
    GwIdUnknownDo:
        "Elle ne connaît aucun conteneur de ce gw_id : il a été recréé, ou mal recopié. Relevez-le à nouveau sur sa machine.",
        "It knows no container of that gw_id: it was made anew, or copied wrongly. Look it up on its machine again.";
    UnreadableDo:
        "Elle répond quelque chose qui ne se lit pas, le plus souvent une page d’erreur. Regardez son journal ; au besoin redémarrez-la.",
        "It answers something that can’t be read, most often a page of errors. Look at its log; restart it if need be.";
    NotAskedDo:
        "Elle n’a pas encore été interrogée. Cela se fait de soi-même en une minute environ.",
        "It has not been asked yet. That happens by itself within a minute or so.";
    ServiceTitle:
        "Mise hors service",
        "Out of service";
    ServiceLong:
        "Pendant ce temps, aucun webinaire ne la reçoit. Ceux qui la tenaient en reçoivent une autre s’il y en a, sinon ils attendent la première libre. Un direct en cours continue.",
        "Meanwhile no webinar is given it. Those that held it are given another where there is one, else they wait for the first that is free. A live that runs goes on.";
    ServiceFrom:
        "Du (vide : dès maintenant)",
        "From (empty: now)";
    ServiceTo:
        "Au (vide : jusqu’à nouvel ordre)",
        "To (empty: until further notice)";
    ServiceZone:
        "À l’heure du service ({zone}).",
        "By the service’s clock ({zone}).";
    ServiceReason:
        "Motif",
        "Reason";
    ServiceReasonHint:
        "Visible des administrateurs et conservé en clair : n’y nommez personne.",
        "Seen by administrators and kept in clear: name nobody.";
    ServiceAct:
        "Mettre hors service",
        "Take out of service";
    ServiceDone:
        "C’est noté. Les webinaires concernés sont réattribués.",
        "Noted. The webinars concerned are given other gateways.";
    ServiceBack:
        "Remettre en service",
        "Back in service";
    ServiceBackFor:
        "Remettre en service ({when})",
        "Back in service ({when})";
    ServiceBackDone:
        "Elle est de nouveau proposée.",
        "It is offered again.";
    UntilNotice:
        "jusqu’à nouvel ordre",
        "until further notice";
    Timeline:
        "Calendrier des passerelles",
        "Timeline of the gateways";
    TimelineLead:
        "Qui tient quelle passerelle, et quand : réservations avec leurs marges, périodes hors service, directs en cours et ce qu’ils débordent, webinaires qui attendent.",
        "Who holds which gateway, and when: reservations with their margins, spans out of service, lives that run and what they overrun, webinars that wait.";
    TimelineMargins:
        "Marges : {before} avant, {after} après chaque réservation.",
        "Margins: {before} before, {after} after each reservation.";
    TimelineNoMargins:
        "Sans marges : une réservation peut commencer quand une autre finit.",
        "No margins: a reservation may begin when another ends.";
    TimelineDay:
        "Jour",
        "Day";
    TimelineWeek:
        "Semaine",
        "Week";
    TimelineEarlier:
        "Avant",
        "Earlier";
    TimelineLater:
        "Après",
        "Later";
    TimelineNow:
        "maintenant",
        "now";
    TimelineToday:
        "Aujourd’hui",
        "Today";
    TimelineOf:
        "Du {from} au {to}",
        "{from} to {to}";
    TimelineSpan:
        "Période",
        "Span";
    TimelineDetail:
        "Le détail",
        "In detail";
    TimelineNothing:
        "Rien n’est prévu.",
        "Nothing is planned.";
    TimelineWaiting:
        "Sans passerelle",
        "Without a gateway";
    TimelineWhat:
        "Quoi",
        "What";
    TimelineFrom:
        "De",
        "From";
    TimelineTo:
        "À",
        "To";
    TimelineFor:
        "Pour",
        "For";
    SpanReserved:
        "Réservation",
        "Reservation";
    SpanMargin:
        "Marge",
        "Margin";
    SpanOut:
        "Hors service",
        "Out of service";
    SpanRuns:
        "En cours",
        "Runs";
    SpanOverruns:
        "Déborde",
        "Overruns";
    SpanWaits:
        "Attend une passerelle",
        "Waits for a gateway";
    Protection:
        "Accès à l’image",
        "Access to the picture";
    ProtectionHint:
        "Comment le serveur de médias écarte qui n’a pas reçu d’adresse d’ici. Les lignes à lui donner sont dans docs/operating.md.",
        "How the media server keeps out whoever was given no address from here. The lines for it are in docs/operating.md.";
    ProtectionNone:
        "Ouvert",
        "Open";
    ProtectionNoneLong:
        "Qui connaît l’adresse de cette liste regarde, même un direct réservé aux personnes connectées.",
        "Whoever knows the address of this playlist watches, also a live that is for signed-in people only.";
    ProtectionSecureLink:
        "Adresses signées (nginx, secure_link)",
        "Signed addresses (nginx, secure_link)";
    ProtectionMediaServer:
        "Le serveur de médias nous interroge (MediaMTX)",
        "The media server asks us (MediaMTX)";
    SigningSecret:
        "Secret de signature",
        "Signing secret";
    SigningSecretHint:
        "Pour les adresses signées : celui que nginx connaît, de 16 à 200 lettres, chiffres et -._~. Vide : celui qui est là.",
        "For signed addresses: the one that nginx knows, of 16 to 200 letters, digits and -._~. Empty: the one that is there.";
    PublisherRefusedIdle:
        "{when} : quelqu’un a voulu pousser une image avec la clé de flux de cette passerelle alors qu’aucun direct ne la tenait. C’est le robot d’un direct fini, ou un essai ; le serveur de médias l’a refusé.",
        "{when}: somebody wanted to push a picture with this gateway’s stream key while no live held it. It is the robot of a live that is over, or somebody trying; the media server refused.";
    PublisherRefusedStopping:
        "{when} : quelqu’un a voulu pousser une image avec la clé de flux de cette passerelle pour un direct qui s’arrêtait ; le serveur de médias l’a refusé.",
        "{when}: somebody wanted to push a picture with this gateway’s stream key for a live that was being stopped; the media server refused.";
}
