//! Planning, lists, one meeting.

super::texts! {
    Back:
        "Retour",
        "Back";
    ToCalendar:
        "Ajouter à l’agenda",
        "Add to a calendar";
    Console:
        "Console",
        "Console";
    MeetingsTitle:
        "Mes réunions",
        "My meetings";
    PersonalRoom:
        "Salon personnel",
        "Personal room";
    PersonalRooms:
        "Salons personnels",
        "Personal rooms";
    PersonalRoomOf:
        "Salon personnel de {name}",
        "Personal room of {name}";
    PersonalAlways:
        "Toujours là, toujours à la même adresse.",
        "Always there, always at the same address.";
    PersonalStays:
        "Un salon personnel garde son nom, n’a pas d’horaire, n’est pas un webinaire et ne s’annule pas.",
        "A personal room keeps its name, has no time, is no webinar and can’t be cancelled.";
    TooManyGroups:
        "Une réunion s’ouvre à 50 groupes au plus.",
        "A meeting is open to at most 50 groups.";
    Door:
        "Entrée",
        "Way in";
    DirectLink:
        "Lien direct",
        "Direct link";
    DirectLinkLong:
        "Qui l’a entre sans mot de passe. Le renouveler ferme l’ancien et ne change pas le mot de passe.",
        "Whoever has it comes in without a password. Renewing it closes the old one and leaves the password as it is.";
    DirectLinkWebinar:
        "Pour les intervenants sans compte : il mène dans la salle, et non à la page du direct. Le renouveler ferme l’ancien.",
        "For speakers without an account: it leads into the room, not to the live page. Renewing it closes the old one.";
    MakeLink:
        "Créer un lien direct",
        "Make a direct link";
    RenewLink:
        "Renouveler le lien",
        "Renew the link";
    DropLink:
        "Supprimer le lien",
        "Take the link away";
    DoorPasswordLong:
        "Il est demandé à qui ne présente pas et n’a pas le lien direct.",
        "Whoever doesn’t present and hasn’t the direct link is asked for it.";
    DoorNoPassword:
        "Aucun : on entre avec le lien de la réunion seul.",
        "None: the meeting’s link alone lets people in.";
    DoorNewPassword:
        "Nouveau mot de passe",
        "New password";
    DoorSetPassword:
        "Fixer ce mot de passe",
        "Set this password";
    DoorDropPassword:
        "Ne plus demander de mot de passe",
        "Ask for no password any more";
    Groups:
        "Groupes",
        "Groups";
    HintGroups:
        "Seuls leurs membres pourront entrer, ou regarder le webinaire, une fois connectés. Aucun : la réunion n’est pas réservée à des groupes.",
        "Only their members can come in, or watch the webinar, once signed in. None: the meeting is not for certain groups.";
    HandOver:
        "Confier la réunion à quelqu’un d’autre",
        "Hand the meeting to somebody else";
    HandOverLong:
        "Cette personne en devient propriétaire et en est avertie par courriel. Les adresses et les invitations restent.",
        "That person becomes its owner and is told by mail. Addresses and invitations stay.";
    NewOwner:
        "Identifiant de cette personne",
        "That person’s login";
    FindPerson:
        "Chercher quelqu’un par son nom",
        "Find somebody by name";
    FindPersonHint:
        "Deux lettres au moins. Choisir une personne inscrit son identifiant.",
        "At least two letters. Choosing somebody enters their login.";
    FoundNobody:
        "Personne de ce nom ne peut prévoir de réunions ici.",
        "Nobody of that name may plan meetings here.";
    FoundSome:
        "Personnes trouvées : {n}",
        "People found: {n}";
    FoundTaken:
        "{name} est inscrit dans le champ.",
        "{name} is entered in the field.";
    FindFails:
        "La recherche n’aboutit pas. Réessayez dans un instant, ou saisissez l’identifiant.",
        "The search does not get through. Try again in a moment, or type the login.";
    StayCoOwner:
        "Le propriétaire actuel reste copropriétaire",
        "The present owner stays a co-owner";
    Slides:
        "Diapositives",
        "Slides";
    SlidesLong:
        "La salle les a dès son ouverture ; la première est affichée. Ajoutées pendant la session, elles y arrivent en quelques instants.",
        "The room has them from its start; the first is shown. Added during the session they arrive there in a few moments.";
    SlidesFile:
        "Fichier",
        "File";
    SlidesHint:
        "PDF (de préférence), documents bureautiques, images : {size} Mio et {pages} pages au plus.",
        "PDF (best), office documents, images: at most {size} MiB and {pages} pages.";
    SlidesTooLarge:
        "Ce fichier est trop lourd : {size} Mio au plus. Allégez-le, ou enregistrez-le en PDF.",
        "This file is too large: at most {size} MiB. Save it smaller, or as a PDF.";
    SlidesSize:
        "{size} Mio",
        "{size} MiB";
    SlidesPages:
        "{n} pages",
        "{n} pages";
    SlidesAdd:
        "Ajouter",
        "Add";
    SlidesRemove:
        "Retirer",
        "Take away";
    TooManySlides:
        "Une réunion a au plus 10 fichiers de diapositives : retirez-en un d’abord.",
        "A meeting has at most 10 files of slides: take one away first.";
    EditMeeting:
        "Modifier la réunion",
        "Edit the meeting";
    NoMeeting:
        "Aucune réunion. Créez la première !",
        "No meeting. Plan the first!";
    Webinar:
        "Webinaire",
        "Webinar";
    RoomScheduled:
        "Prévue",
        "Scheduled";
    RoomOpening:
        "Ouverture",
        "Opening";
    RoomOpen:
        "Ouverte",
        "Open";
    RoomClosed:
        "Fermée",
        "Closed";
    Owner:
        "Propriétaire",
        "Owner";
    CoOwners:
        "Copropriétaires",
        "Co-owners";
    Description:
        "Description",
        "Description";
    GatewayPending:
        "Recherche d’une passerelle libre…",
        "Looking for a free gateway…";
    GatewayLacking:
        "Aucune passerelle n’est libre à cet horaire : le direct ne pourra pas être diffusé.",
        "No gateway is free at that time: the live cannot be broadcast.";
    NextFree:
        "Horaires libres les plus proches :",
        "Nearest free times:";
    CancelMeeting:
        "Annuler la réunion",
        "Cancel the meeting";
    CancelMeetingLong:
        "La réunion n’aura pas lieu ; sa page le dira. C’est définitif.",
        "The meeting will not take place; its page will say so. This is final.";
    StartsAt:
        "Début",
        "Start";
    Minutes:
        "Durée (minutes)",
        "Duration (minutes)";
    TimeZone:
        "Fuseau horaire",
        "Time zone";
    EnableChat:
        "Chat ouvert au public",
        "Chat open to the audience";
    IsRestricted:
        "Réservé aux personnes connectées",
        "Only for people who signed in";
    CoOwnersLogins:
        "Identifiants des copropriétaires, séparés par des virgules",
        "Logins of co-owners, separated by commas";
    GuestAccept:
        "entrent librement",
        "come in freely";
    GuestAsk:
        "attendent qu’un modérateur les fasse entrer",
        "wait until a moderator lets them in";
    GuestDeny:
        "sont refusés",
        "are refused";
    PlanTitle:
        "Prévoir un webinaire ou une réunion",
        "Plan a webinar or a meeting";
    PlanWhat:
        "De quoi s’agit-il ?",
        "What is it?";
    PlanWhen:
        "Quand ?",
        "When?";
    PlanWho:
        "Pour qui ?",
        "For whom?";
    KindWebinar:
        "Webinaire",
        "Webinar";
    KindWebinarLong:
        "Quelques intervenants dans une salle ; un large public regarde une page et écrit dans le chat.",
        "A few presenters in a room; a large audience watches a page and writes in its chat.";
    KindMeeting:
        "Réunion",
        "Meeting";
    KindMeetingLong:
        "Tout le monde entre dans la même salle, jusqu’à 200 personnes environ.",
        "Everybody enters the same room, up to about 200 people.";
    KindFixed:
        "La nature ne change pas pendant que la réunion est en cours.",
        "The kind cannot change while the meeting runs.";
    HintMinutes:
        "De 1 à 1440 ; 90 fait une heure et demie.",
        "From 1 to 1440; 90 is an hour and a half.";
    HintZone:
        "L’heure ci-dessus est celle de cette ville.",
        "The time above is the time in this city.";
    HintCoOwners:
        "Ils présentent comme vous : salle, console, modification. Au plus 50.",
        "They present like you: room, console, changes. At most 50.";
    HintRestricted:
        "Sinon, l’adresse suffit pour regarder.",
        "Otherwise the address is enough to watch.";
    HintRestrictedOpen:
        "Sinon, l’adresse suffit pour regarder. Certains serveurs de médias montrent l’image même à qui en connaît l’adresse : un administrateur peut les fermer.",
        "Otherwise the address is enough to watch. Some media servers show the picture itself to whoever knows its address: an administrator can close them.";
    HintChat:
        "Ce que le public écrit arrive dans la salle, et les réponses reviennent. Modifiable à tout moment.",
        "What the audience writes reaches the room, and answers come back. Can be changed at any time.";
    HintDescription:
        "Montrée sur la page du direct.",
        "Shown on the live page.";
    UseZone:
        "Utiliser {zone}, le fuseau de cet appareil",
        "Use {zone}, this device’s zone";
    ProblemsOne:
        "Un point est à corriger :",
        "One thing needs correcting:";
    ProblemsMany:
        "{n} points sont à corriger :",
        "{n} things need correcting:";
    NothingLost:
        "Rien de ce que vous avez saisi n’est perdu.",
        "Nothing that you typed is lost.";
    TimePast:
        "Cet horaire est déjà passé.",
        "That time is past already.";
    TimeFar:
        "Cette date est dans plus de dix ans. Vérifiez l’année.",
        "That date is more than ten years away. Check the year.";
    TimeOld:
        "Cette date est avant l’an 2000. Vérifiez l’année.",
        "That date is before the year 2000. Check the year.";
    ClockSkips:
        "Cette nuit-là, les horloges avancent : cette heure n’existe pas. Elles reprennent à {time}.",
        "The clocks go forward that night: this time does not exist. They go on at {time}.";
    ClockTwice:
        "Cette nuit-là, les horloges reculent : cette heure sonne deux fois ; la première est retenue.",
        "The clocks go back that night: this time comes twice; the first is meant.";
    SlotAsking:
        "Recherche d’une passerelle…",
        "Looking for a gateway…";
    SlotFree:
        "Une passerelle est libre de {from} à {to}.",
        "A gateway is free from {from} to {to}.";
    SlotFreeMany:
        "{n} passerelles sont libres de {from} à {to}.",
        "{n} gateways are free from {from} to {to}.";
    SlotNone:
        "Aucune passerelle n’est libre de {from} à {to}.",
        "No gateway is free from {from} to {to}.";
    SlotNoneLong:
        "Vous pouvez enregistrer quand même : le webinaire reste prévu, sans image tant qu’aucune passerelle ne se libère.",
        "You can save anyway: it stays planned, without a picture until a gateway becomes free.";
    SlotNoGateways:
        "Aucune passerelle n’est installée : un administrateur doit en ajouter une.",
        "No gateway is set up: an administrator has to add one.";
    SlotTake:
        "Prendre {time}",
        "Take {time}";
    SlotUnknown:
        "La disponibilité des passerelles n’est pas connue pour l’instant ; elle sera vérifiée à l’enregistrement.",
        "Whether a gateway is free is not known just now; it is checked when you save.";
    SlotEnds:
        "Fin à {to}.",
        "Ends at {to}.";
    AsideTitle:
        "Un webinaire, en bref",
        "A webinar, in short";
    AsidePresenters:
        "Les intervenants",
        "The presenters";
    AsidePresentersLong:
        "entrent dans la salle BigBlueButton : voix, caméra, diapositives, partage d’écran.",
        "enter the BigBlueButton room: voice, camera, slides, screen sharing.";
    AsideAudience:
        "Le public",
        "The audience";
    AsideAudienceLong:
        "regarde la page du direct, sans limite de nombre et sans rien installer, avec une dizaine de secondes de retard.",
        "watches the live page, however many they are and with nothing to install, about ten seconds late.";
    AsideGateway:
        "La passerelle vidéo",
        "The video gateway";
    AsideGatewayLong:
        "fait le lien : elle entre dans la salle comme un participant et en diffuse l’image. Une passerelle sert un webinaire à la fois, d’où la réservation.",
        "links the two: it enters the room like a participant and broadcasts its picture. One gateway serves one webinar at a time, hence the reservation.";
    AsideAdvice:
        "Pour que tout se passe bien",
        "So that all goes well";
    AdviceNoBreakout:
        "N’ouvrez pas de salles de sous-groupes : le public ne verrait plus personne.",
        "Open no breakout rooms: the audience would see nobody any more.";
    AdviceEnd:
        "À la fin, terminez la réunion au lieu de la quitter : sinon la passerelle diffuse une salle vide.",
        "At the end, end the meeting instead of leaving it: or the gateway broadcasts an empty room.";
    AdviceTest:
        "Essayez la veille, avec un webinaire à part : court, sans invités.",
        "Try it the day before, with a webinar of its own: short, and nobody invited.";
    AdviceGuests:
        "Donnez l’adresse du direct au public, jamais celle de la salle.",
        "Give the audience the address of the live, never that of the room.";
    PlanMeeting:
        "Prévoir une réunion",
        "Plan a meeting";
    NoMeetingPlain:
        "Une réunion se prévoit en une minute : un nom, une date, et vous recevez une adresse à partager.",
        "A meeting takes a minute to plan: a name, a date, and you get an address to share.";
    PlanWebinar:
        "Prévoir un webinaire",
        "Plan a webinar";
    MeetingsNow:
        "En ce moment",
        "Now";
    MeetingsNext:
        "À venir",
        "Upcoming";
    MeetingsPast:
        "Passées",
        "Past";
    NoMeetingNext:
        "Rien n’est prévu.",
        "Nothing is planned.";
    NoMeetingLong:
        "Un webinaire s’annonce en une minute : un nom, une date, et vous recevez deux adresses, une pour le public et une pour les intervenants.",
        "A webinar takes a minute to announce: a name, a date, and you get two addresses, one for the audience and one for the presenters.";
    WithoutGateway:
        "Sans passerelle",
        "No gateway";
    PlanAgain:
        "Prévoir à nouveau",
        "Plan again";
    WhoGoesWhere:
        "Qui va où",
        "Who goes where";
    ForAudience:
        "Pour le public",
        "For the audience";
    ForAudienceLong:
        "À diffuser largement : la page du direct, avec l’image et le chat.",
        "To spread widely: the live page, with the picture and the chat.";
    ForPresenters:
        "Pour les intervenants",
        "For the presenters";
    ForPresentersLong:
        "Entre nous : la salle BigBlueButton. Les copropriétaires y entrent comme modérateurs.",
        "Between us: the BigBlueButton room. Co-owners enter it as moderators.";
    ForParticipants:
        "Pour tout le monde",
        "For everybody";
    ForParticipantsLong:
        "L’adresse de la salle, à donner aux participants.",
        "The address of the room, to give to the participants.";
    GatewayReservedFor:
        "{name} est réservée de {from} à {to}.",
        "{name} is reserved from {from} to {to}.";
    GatewayReservedLong:
        "Le direct démarrera de lui-même quand la salle s’ouvrira.",
        "The live starts by itself when the room opens.";
    GatewayLackingLong:
        "Le webinaire reste prévu. Prenez un horaire libre, ou prévenez un administrateur ; si une passerelle se libère, elle sera prise d’elle-même.",
        "The webinar stays planned. Take a free time, or tell an administrator; should a gateway become free, it is taken by itself.";
    MoveTo:
        "Déplacer au {time}",
        "Move to {time}";
    OpenLivePage:
        "Voir la page du direct",
        "See the live page";
    YouAreSaved:
        "C’est prévu.",
        "It is planned.";
    BadName:
        "Un nom compte de 2 à 250 caractères.",
        "A name has 2 to 250 characters.";
    BadDuration:
        "Une réunion dure d’une minute à un jour.",
        "A meeting lasts from a minute to a day.";
    BadZone:
        "Fuseau horaire inconnu ; par exemple Europe/Paris.",
        "Unknown time zone; for example Europe/Paris.";
    BadText:
        "Un texte compte au plus 4 000 caractères.",
        "A text has at most 4,000 characters.";
    OwnerTwice:
        "Le propriétaire ne peut pas être aussi copropriétaire.",
        "The owner cannot also be a co-owner.";
    TooManyPresenters:
        "Au plus 50 copropriétaires.",
        "At most 50 co-owners.";
    WebinarGuests:
        "Un webinaire accueille tout le monde.",
        "A webinar accepts everybody.";
    BadOption:
        "Une option de la salle sort de ses limites.",
        "An option of the room is out of its limits.";
    WebinarOption:
        "Une option de la salle ne va pas avec un webinaire : la salle ferme quand il n’y reste plus de modérateur, et le chat, s’il est prévu, n’y est pas désactivé.",
        "An option of the room does not go with a webinar: the room closes when no moderator is left, and its chat, if one is planned, is not switched off.";
    IsRunning:
        "La réunion est en cours : terminez-la d’abord.",
        "The meeting is running: end it first.";
    NotRunning:
        "La réunion n’est pas en cours.",
        "The meeting is not running.";
    EndWasMoved:
        "Quelqu’un d’autre a déplacé la fin entre-temps : regardez-la, puis recommencez.",
        "Somebody else moved the end meanwhile: look at it, then try again.";
    ChangedMeanwhile:
        "Quelqu’un d’autre a modifié cette réunion depuis que vous avez ouvert ce formulaire. Rien n’a été enregistré : relisez, puis enregistrez.",
        "Somebody else changed this meeting since you opened this form. Nothing was saved: read it again, then save.";
    ChangedTo:
        "{field} : entre-temps devenu « {value} ». Ce que vous avez saisi est resté ici et le remplacera.",
        "{field}: “{value}” meanwhile. What you typed still stands here, and will take its place.";
    ChangedTaken:
        "{field} : modifié entre-temps ; la nouvelle valeur est reprise ici.",
        "{field}: changed meanwhile; the new value was taken over here.";
    NothingThere:
        "rien",
        "nothing";
    IsCancelled:
        "La réunion est annulée.",
        "The meeting was cancelled.";
    Exists:
        "Cela existe déjà.",
        "It exists already.";
}
