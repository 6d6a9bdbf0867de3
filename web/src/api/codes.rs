//! The wording of every problem, French and English, in one place. A code never changes its meaning:
//! programs decide by it, people read the words.

use axum::http::StatusCode;

/// Which language the answer speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// French.
    Fr,
}

impl Language {
    /// The one of the two that the reader prefers, by an `Accept-Language` value; English where it names neither.
    pub fn of(accept: Option<&str>) -> Self {
        let mut best = (0.0_f32, Self::En);
        for part in accept.unwrap_or_default().split(',') {
            let mut bits = part.split(';');
            let tag = bits.next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight = bits
                .find_map(|b| b.trim().strip_prefix("q=").and_then(|q| q.trim().parse::<f32>().ok()))
                .unwrap_or(1.0);
            let language = match tag.split('-').next() {
                Some("fr") => Self::Fr,
                Some("en") => Self::En,
                _ => continue,
            };
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }
}

macro_rules! codes {
    ($($name:ident = $status:literal $code:literal $en:literal $fr:literal;)*) => {
        /// What went wrong, as a program may know it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each is described by its wording in the table")]
        pub enum Code { $($name),* }

        impl Code {
            /// Every code there is, for the readable documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// As in the `code` field.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The status that goes with it.
            pub fn status(self) -> StatusCode {
                let number: u16 = match self { $(Self::$name => $status),* };
                StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }

            /// What it says to people.
            pub const fn words(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::En) => $en, (Self::$name, Language::Fr) => $fr),*
                }
            }
        }
    };
}

codes! {
    SignedOut = 401 "signed_out" "Sign in first." "Connectez-vous d’abord.";
    WrongCredentials = 401 "wrong_credentials" "Login or password is wrong." "Identifiant ou mot de passe incorrect.";
    OldPassword = 422 "old_password" "The present password is wrong." "Le mot de passe actuel est incorrect.";
    TooManyTries = 429 "too_many_tries" "Too many tries. Wait, then try again." "Trop d’essais. Patientez avant de recommencer.";
    WebinarRight = 403 "webinar_right" "You may plan meetings, but no webinars; an administrator can give you the right." "Vous pouvez prévoir des réunions, mais pas de webinaires ; un administrateur peut vous en donner le droit.";
    Forbidden = 403 "forbidden" "You may not do this." "Vous n’avez pas le droit de faire cela.";
    Csrf = 403 "csrf" "The request did not come from a page of this service." "La requête ne vient pas d’une page de ce service.";
    HookToken = 403 "hook_token" "The secret in the hook's address is not ours: it is the setting `media_hook_token`." "Le secret dans l’adresse n’est pas le nôtre : c’est le réglage `media_hook_token`.";
    HookUnreadable = 422 "hook_unreadable" "This is no hook that is known here: `detail` says why." "Ce n’est pas un appel connu ici : `detail` dit pourquoi.";
    PublishRefused = 403 "publish_refused" "This picture is refused: `why` says whether the stream key is `unknown`, or nothing that has it is `not_wanted` now." "Cette image est refusée : `why` dit si la clé de flux est inconnue (`unknown`), ou si rien ne l’attend (`not_wanted`).";
    WatchRefused = 403 "watch_refused" "This address may not be watched, or not any more." "Cette adresse ne peut pas être regardée, ou plus maintenant.";
    ProtectionSecret = 422 "protection_secret" "The secret that signs addresses has 16 to 200 letters, digits and `-._~`." "Le secret qui signe les adresses compte de 16 à 200 lettres, chiffres et `-._~`.";
    ProtectionAddress = 422 "protection_address" "Only the address of a playlist ending in .m3u8, of letters, digits and `-._~/`, without a query, can be signed." "Seule l’adresse d’une liste en .m3u8, faite de lettres, chiffres et `-._~/`, sans paramètres, peut être signée.";
    NotFound = 404 "not_found" "There is nothing here." "Il n’y a rien ici.";
    MethodNotAllowed = 405 "method_not_allowed" "This address takes other methods." "Cette adresse n’accepte pas cette méthode.";
    BadJson = 400 "bad_json" "The body is not JSON." "Le corps n’est pas du JSON.";
    BadBody = 422 "bad_body" "A field of the body is unknown, missing or of the wrong kind." "Un champ du corps est inconnu, absent ou mal formé.";
    BadQuery = 400 "bad_query" "A parameter of the address is unknown or of the wrong kind." "Un paramètre de l’adresse est inconnu ou mal formé.";
    BadKey = 400 "bad_idempotency_key" "An Idempotency-Key has 1 to 200 visible characters." "Une Idempotency-Key compte de 1 à 200 caractères visibles.";
    WrongType = 415 "wrong_content_type" "Send application/json." "Envoyez du application/json.";
    TooLarge = 413 "too_large" "The body is larger than 64 KiB." "Le corps dépasse 64 Kio.";
    TooSlow = 503 "too_slow" "The answer took too long. Whether a write happened is not known: ask again with the same Idempotency-Key." "La réponse a trop tardé. On ne sait pas si l’écriture a eu lieu : recommencez avec la même Idempotency-Key.";
    Internal = 500 "internal" "The service failed." "Le service a échoué.";
    Unavailable = 503 "unavailable" "This can't be done now. Try again shortly." "Impossible pour le moment. Réessayez bientôt.";
    LogRefuses = 503 "log_refuses" "Nothing can be recorded now, so nothing was done. Try again shortly." "Rien ne peut être enregistré pour le moment, donc rien n’a été fait. Réessayez bientôt.";
    OutcomeUnknown = 503 "outcome_unknown" "Whether this was recorded is not known. Ask again with the same Idempotency-Key." "On ne sait pas si cela a été enregistré. Recommencez avec la même Idempotency-Key.";
    MeetingCancelled = 409 "meeting_cancelled" "The meeting was cancelled." "La réunion a été annulée.";
    MeetingExists = 409 "meeting_exists" "The meeting exists." "La réunion existe déjà.";
    MeetingName = 422 "meeting_name" "A meeting's name has 2 to 250 characters, and none that nobody sees." "Le nom d’une réunion compte de 2 à 250 caractères, tous visibles.";
    MeetingStart = 422 "meeting_start" "A meeting starts after 1999 and within ten years." "Une réunion commence après 1999 et dans les dix ans.";
    MeetingDuration = 422 "meeting_duration" "A meeting lasts from a minute to a day." "Une réunion dure d’une minute à une journée.";
    TimeZone = 422 "time_zone" "The time zone is not an IANA name, such as Europe/Paris." "Le fuseau horaire n’est pas un nom IANA, comme Europe/Paris.";
    TextTooLong = 422 "text_too_long" "A text has at most 4000 characters." "Un texte compte au plus 4000 caractères.";
    OwnerTwice = 422 "owner_twice" "The owner can't be an additional owner as well." "Le propriétaire ne peut pas être aussi propriétaire additionnel.";
    TooManyPresenters = 422 "too_many_presenters" "A meeting has at most 50 additional owners." "Une réunion a au plus 50 propriétaires additionnels.";
    WebinarGuests = 422 "webinar_guests" "A webinar accepts everybody: its guest policy is ALWAYS_ACCEPT." "Un webinaire accepte tout le monde : sa politique d’accueil est ALWAYS_ACCEPT.";
    OptionLimit = 422 "option_limit" "An option of the room is out of its limits: `field` says which, `takes` what it takes." "Une option de la salle sort de ses limites : `field` dit laquelle, `takes` ce qu’elle accepte.";
    WebinarOption = 422 "webinar_option" "A webinar can't have this option so: `field` says which." "Un webinaire ne peut pas avoir cette option ainsi : `field` dit laquelle.";
    RecordingOff = 422 "recording_off" "Meetings are not recorded here." "Les réunions ne sont pas enregistrées ici.";
    NoRecording = 404 "no_recording" "The meeting has no such recording." "La réunion n’a pas cet enregistrement.";
    NoFormat = 404 "no_format" "The recording is not there in this format: `formats` says what there is." "L’enregistrement n’existe pas sous ce format : `formats` dit lesquels il a.";
    RecordingDeleting = 409 "recording_deleting" "The recording is being deleted." "L’enregistrement est en cours de suppression.";
    RecordingNotMade = 409 "recording_not_made" "The recording is still being made: wait until BigBlueButton has published it." "L’enregistrement est encore en préparation : attendez que BigBlueButton l’ait publié.";
    RecordingName = 422 "recording_name" "A recording's name has 2 to 250 characters, and none that nobody sees." "Le nom d’un enregistrement compte de 2 à 250 caractères, tous visibles.";
    RecordingsUnknown = 503 "recordings_unknown" "BigBlueButton did not say in time where the recording is. Try again in a moment." "BigBlueButton n’a pas dit à temps où se trouve l’enregistrement. Réessayez dans un instant.";
    BadRecurrence = 422 "bad_recurrence" "A meeting can't repeat so: `detail` says why." "Une réunion ne peut pas se répéter ainsi : `detail` dit pourquoi.";
    WebinarRepeats = 422 "webinar_repeats" "A webinar takes place once: plan one for each date." "Un webinaire n’a lieu qu’une fois : planifiez-en un par date.";
    PersonalRoom = 409 "personal_room" "A personal room keeps its name, has no time, is no webinar and can't be cancelled. Plan a meeting instead." "Un salon personnel garde son nom, n’a pas d’horaire, n’est pas un webinaire et ne s’annule pas. Planifiez plutôt une réunion.";
    TooManyGroups = 422 "too_many_groups" "A meeting is open to at most 50 groups." "Une réunion s’ouvre à 50 groupes au plus.";
    LengthRequired = 411 "length_required" "Say how long the file is (Content-Length)." "Indiquez la taille du fichier (Content-Length).";
    SlidesTooLarge = 413 "slides_too_large" "The file is too large: `most_bytes` says how large it may be. Save it smaller, or as a PDF." "Le fichier est trop lourd : `most_bytes` dit la limite. Allégez-le, ou enregistrez-le en PDF.";
    SlidesKind = 422 "slides_kind" "This is no file that a room can show: PDF, office documents, texts, PNG, JPEG or WebP, under their own endings." "Ce fichier ne peut pas être affiché dans une salle : PDF, documents bureautiques, textes, PNG, JPEG ou WebP, avec leur extension.";
    SlidesUnreadable = 422 "slides_unreadable" "The PDF can't be read, or wants a password: save it anew without one." "Le PDF est illisible ou protégé par un mot de passe : réenregistrez-le sans protection.";
    SlidesPages = 422 "slides_pages" "The PDF has too many pages: `most_pages` says how many it may have. Split it." "Le PDF a trop de pages : `most_pages` dit la limite. Découpez-le.";
    TooManySlides = 422 "too_many_slides" "A meeting has at most 10 files of slides: take one away first." "Une réunion a au plus 10 fichiers de diapositives : retirez-en un d’abord.";
    SlidesQuota = 422 "slides_quota" "Your meetings have no room for more slides: `most_bytes` says how much they have in all. Take files away from meetings that are over." "Vos réunions n’ont plus de place pour des diapositives : `most_bytes` dit la limite en tout. Retirez des fichiers de réunions passées.";
    UnknownGroup = 422 "unknown_group" "There is no such group: `group` says which." "Ce groupe n’existe pas : `group` dit lequel.";
    GroupCode = 422 "group_code" "A group's code has 1 to 100 visible characters without spaces, commas and stars." "Le code d’un groupe compte de 1 à 100 caractères visibles, sans espace, virgule ni étoile.";
    MeetingPassword = 422 "meeting_password" "A meeting's password has 1 to 50 visible characters." "Le mot de passe d’une réunion compte de 1 à 50 caractères visibles.";
    NoOccurrence = 404 "no_occurrence" "The series has no such date." "La série n’a pas cette date.";
    OccurrenceFar = 422 "occurrence_far" "Single dates of a series are changed within ten years, and not to before 2000." "Les dates d’une série se changent une à une dans les dix ans, et pas vers avant 2000.";
    TooManyExceptions = 422 "too_many_exceptions" "At most 500 dates of a series are changed alone." "Au plus 500 dates d’une série sont changées seules.";
    MailAddress = 422 "mail_address" "This is no mail address: `address` says which." "Ce n’est pas une adresse électronique : `address` dit laquelle.";
    TooManyInvitees = 422 "too_many_invitees" "At most 500 people are invited to a meeting." "Au plus 500 personnes sont invitées à une réunion.";
    InvitedMuch = 429 "invited_much" "You have invited many people within an hour. Nobody of this list was invited: wait, then try again." "Vous avez invité beaucoup de personnes en une heure. Personne de cette liste n’a été invité : patientez avant de recommencer.";
    MeetingRunning = 409 "meeting_running" "A session is running. End it first." "Une session est en cours. Terminez-la d’abord.";
    MeetingElsewhere = 409 "meeting_elsewhere" "This room was opened by another application: it can only be broadcast from here." "Cette salle a été ouverte par une autre application : d’ici, on peut seulement la diffuser.";
    ElsewhereTaken = 409 "session_broadcast" "This session is broadcast already; `by` says who does it." "Cette session est déjà diffusée ; `by` dit par qui.";
    ElsewhereFull = 409 "too_many_sessions" "As many sessions of other applications are broadcast as there may be at once (`most`). Wait until one is over; `next_free` says when one is planned to be." "Le nombre maximal de sessions d’autres applications diffusées en même temps (`most`) est atteint. Attendez que l’une d’elles se termine ; `next_free` dit quand une fin est prévue.";
    ElsewhereRecording = 422 "no_recording" "No recording of the picture can be kept: no gateway records here. What BigBlueButton records stays with the application that opened the session." "L’image ne peut pas être enregistrée : aucune passerelle n’enregistre ici. Ce que BigBlueButton enregistre reste dans l’application qui a ouvert la session.";
    MeetingNotRunning = 409 "meeting_not_running" "No session is running. Start the meeting first." "Aucune session n’est en cours. Démarrez d’abord la réunion.";
    EndMoved = 409 "end_moved" "Somebody else moved the end meanwhile: look at it, then try again." "Quelqu’un d’autre a déplacé la fin entre-temps : regardez-la, puis recommencez.";
    ChangedMeanwhile = 412 "changed_meanwhile" "Somebody else changed the meeting meanwhile: read it anew, then try again." "Quelqu’un d’autre a modifié la réunion entre-temps : relisez-la, puis recommencez.";
    LiveChangedMeanwhile = 412 "live_changed_meanwhile" "Somebody else changed the live meanwhile, and nothing was saved: open it anew, then try again." "Quelqu’un d’autre a modifié le direct entre-temps, et rien n’a été enregistré : rouvrez-le, puis recommencez.";
    BadCondition = 400 "bad_condition" "If-Match holds what ETag said of this meeting or live." "If-Match contient ce que ETag a dit de cette réunion ou de ce direct.";
    PlanRight = 403 "plan_right" "Only those who may plan meetings change them and invite; an administrator can give you the right." "Seules les personnes qui peuvent planifier des réunions les modifient et y invitent ; un administrateur peut vous en donner le droit.";
    OwnerPlans = 422 "owner_plans" "This person may not plan meetings, so none can be handed to them." "Cette personne ne peut pas planifier de réunions : on ne peut donc pas lui en confier.";
    OwnerClosed = 422 "owner_closed" "This person has no way to sign in, so no meeting can be handed to them." "Cette personne n’a aucun moyen de se connecter : on ne peut donc pas lui confier de réunion.";
    UnknownPerson = 422 "unknown_person" "A person named there does not exist." "Une personne nommée ici n’existe pas.";
    NotAWebinar = 409 "not_a_webinar" "The meeting is not a webinar." "La réunion n’est pas un webinaire.";
    NoGateway = 409 "no_gateway" "No gateway is held for this live. Choose one of the next free times, or ask an administrator." "Aucune passerelle n’est réservée pour ce direct. Choisissez l’un des prochains créneaux, ou contactez un administrateur.";
    LiveCancelled = 409 "live_cancelled" "The live was cancelled." "Le direct a été annulé.";
    LiveNotWanted = 409 "live_not_running" "The live is not running. Start it first." "Le direct n’est pas lancé. Lancez-le d’abord.";
    LiveConflict = 409 "live_conflict" "The live is doing something else just now." "Le direct est en train de faire autre chose.";
    StopFirst = 409 "stop_first" "Stop the live first; if its gateway doesn't answer for good, then say that it is over." "Arrêtez d’abord le direct ; si sa passerelle ne répond plus du tout, déclarez ensuite que c’est fini.";
    LivePassword = 403 "live_password" "This live asks for a password: give it on its page, or to `/live/{event}/pass`." "Ce direct demande un mot de passe : donnez-le sur sa page, ou à `/live/{event}/pass`.";
    LivePasswordWrong = 403 "live_password_wrong" "The password is wrong." "Le mot de passe est incorrect.";
    LivePasswordText = 422 "live_password_text" "A live's password has 1 to 50 visible characters." "Le mot de passe d’un direct compte de 1 à 50 caractères visibles.";
    LiveDraft = 409 "live_draft" "A draft is opened by its link, and has no password." "Un brouillon s’ouvre par son lien, et n’a pas de mot de passe.";
    LiveRight = 403 "live_right" "You may plan meetings, but no lives on broadcasters; an administrator can give you the right." "Vous pouvez prévoir des réunions, mais pas de directs sur des diffuseurs ; un administrateur peut vous en donner le droit.";
    BroadcasterRight = 403 "broadcaster_right" "You may not plan lives on this broadcaster: choose another one, or ask an administrator." "Vous ne pouvez pas prévoir de directs sur ce diffuseur : choisissez-en un autre, ou adressez-vous à un administrateur.";
    LiveTitle = 422 "live_title" "A live's title has 1 to 250 characters." "Le titre d’un direct compte de 1 à 250 caractères.";
    LiveTime = 422 "live_time" "This is no time that a clock shows: `field` says which. Give RFC 3339, or date and hour in the house's zone." "Aucune horloge ne montre cette heure : `field` dit laquelle. Donnez du RFC 3339, ou date et heure dans le fuseau de la maison.";
    LivePast = 422 "live_past" "The end is past." "La fin est passée.";
    LiveLong = 422 "live_long" "A live of yours lasts at most a day; an administrator can plan a longer one." "Un direct prévu par vous dure au plus une journée ; un administrateur peut en prévoir un plus long.";
    LivePresenters = 422 "live_presenters" "A live has at most 50 co-owners, and its owner is none of them." "Un direct a au plus 50 copropriétaires, dont son propriétaire ne fait pas partie.";
    LiveGoingOn = 409 "live_going_on" "The live is going on: its start and its broadcaster stay, and it can't be deleted. Its end can be moved." "Le direct est en cours : son début et son diffuseur restent, et on ne peut pas le supprimer. Sa fin peut être déplacée.";
    LiveNotBegun = 409 "live_not_begun" "The live has not begun: there is nothing to end yet." "Le direct n’a pas commencé : il n’y a rien à terminer encore.";
    LiveOfMeeting = 409 "live_of_meeting" "This live belongs to a webinar: its title, times and owners are those of the meeting." "Ce direct appartient à un webinaire : son titre, ses heures et ses propriétaires sont ceux de la réunion.";
    LiveType = 422 "live_type" "There is no such type of live." "Ce type de direct n’existe pas.";
    LiveHost = 422 "live_host" "Pages and films of this host are not shown here: `field` says which. An administrator can list the host." "Les pages et films de cet hôte ne s’affichent pas ici : `field` dit lequel. Un administrateur peut ajouter l’hôte.";
    LiveFrame = 422 "live_frame" "A frame is 100 to 2000 pixels high." "Un cadre a de 100 à 2000 pixels de haut.";
    LiveGroups = 422 "live_groups" "A live is open to at most 50 groups." "Un direct s’ouvre à 50 groupes au plus.";
    PictureKind = 422 "picture_kind" "This is no picture that a page can show: PNG, JPEG or WebP, under its own ending." "Ce n’est pas une image qu’une page sait afficher : PNG, JPEG ou WebP, avec son extension.";
    AnnouncementText = 422 "announcement" "An announcement has 1 to 500 characters on one line." "Une annonce compte de 1 à 500 caractères sur une ligne.";
    TooManyPinned = 409 "too_many_pinned" "At most 5 announcements are pinned: take one down first." "Au plus 5 annonces sont affichées : retirez-en une d’abord.";
    AnnouncementOfHouse = 403 "announcement_of_house" "This was said to all lives: administrators take it down." "Cette annonce a été faite à tous les directs : ce sont les administrateurs qui la retirent.";
    BuildingName = 422 "building_name" "A building's name has 1 to 200 characters." "Le nom d’un bâtiment compte de 1 à 200 caractères.";
    BuildingTaken = 409 "building_taken" "Another building is called so." "Un autre bâtiment porte ce nom.";
    UnknownBuilding = 422 "unknown_building" "There is no such building." "Ce bâtiment n’existe pas.";
    NoPlayback = 409 "no_playback" "There is no picture to fetch now." "Il n’y a pas d’image pour le moment.";
    Interval = 422 "interval" "The end is not after the start." "La fin n’est pas après le début.";
    BadName = 422 "name" "A name has 1 to 100 characters." "Un nom compte de 1 à 100 caractères.";
    BadAddress = 422 "address" "The address begins with http:// or https:// and has a host." "L’adresse commence par http:// ou https:// et comporte un hôte.";
    LinkLocal = 422 "link_local_address" "A link-local address, or one of a cloud's own services, can't be taken." "Une adresse de lien local, ou d’un service interne de l’hébergeur, ne peut pas être utilisée.";
    BadRtmp = 422 "rtmp_url" "The RTMP address is rtmp://host/application/stream, with plain characters." "L’adresse RTMP est rtmp://hôte/application/flux, en caractères simples.";
    BadSecret = 422 "secret" "A secret has 1 to 200 visible characters without spaces." "Un secret compte de 1 à 200 caractères visibles, sans espace.";
    BadGeneration = 422 "generation" "A generation is one of g1, g2, g3, g4, g5, pool, livestreaming, encoder." "Une génération est l’une de g1, g2, g3, g4, g5, pool, livestreaming, encoder.";
    BadChatRoute = 422 "chat_redis" "The address for chat lines is redis://host or rediss://host, perhaps with a port; without a password, which would stand in the log." "L’adresse pour les lignes de chat est redis://hôte ou rediss://hôte, avec un port au besoin ; sans mot de passe, qui resterait au journal.";
    RehearsalNotNow = 409 "rehearsal_not_now" "A rehearsal is under way already, or the live is running." "Une répétition est déjà en cours, ou le direct est lancé.";
    PictureRuns = 409 "picture_runs" "The picture runs: stop it before choosing another source." "L’image est en cours : arrêtez-la avant de choisir une autre source.";
    UnknownBroadcaster = 422 "unknown_broadcaster" "There is no such broadcaster." "Ce diffuseur n’existe pas.";
    GatewayHeld = 409 "gateway_held" "The gateway is held by another live." "La passerelle est réservée par un autre direct.";
    BroadcasterHeld = 409 "broadcaster_held" "The broadcaster is held by another live." "Le diffuseur est réservé par un autre direct.";
    GatewayOut = 409 "gateway_out_of_service" "The gateway is out of service for a part of that time: `until` says until when." "La passerelle est hors service pendant une partie de ce temps : `until` dit jusqu’à quand.";
    TooManyOutages = 422 "too_many_outages" "At most 100 spans out of service are planned for a gateway: take one away first." "Au plus 100 périodes hors service sont prévues par passerelle : retirez-en une d’abord.";
    InUse = 409 "in_use" "It is in use: release what uses it first." "C’est en service : libérez d’abord ce qui l’utilise.";
    ImportFrom = 422 "import_from" "The service's name has at most 40 visible characters without spaces." "Le nom du service compte au plus 40 caractères visibles, sans espace.";
    ImportSite = 422 "import_site" "The site's key has at most 40 visible characters without spaces." "La clé du site compte au plus 40 caractères visibles, sans espace.";
    ImportTie = 422 "import_tie" "What is tied is written WAY=PROVIDER, such as cas=cas, and the provider is one by which people sign in here." "Un lien s’écrit VOIE=FOURNISSEUR, comme cas=cas, et le fournisseur est un de ceux par lesquels on se connecte ici.";
    ImportBusy = 409 "import_busy" "An import is under way, here or from the command line: one at a time." "Une reprise est en cours, ici ou depuis la ligne de commande : une à la fois.";
    ImportNothing = 409 "import_nothing" "No dump was looked at. Upload one first." "Aucun fichier n’a été examiné. Déposez-en un d’abord.";
    ImportTooLarge = 413 "import_too_large" "The dump is too large: `most_bytes` says how large it may be. Dump only the models that are of use, or run `amphi import pod` on the server." "Le fichier est trop lourd : `most_bytes` dit la limite. Ne sauvegardez que les modèles utiles, ou utilisez `amphi import pod` sur le serveur.";
    ImportCutOff = 400 "import_cut_off" "The dump did not come to its end. Upload it again." "Le fichier n’est pas arrivé jusqu’au bout. Déposez-le à nouveau.";
    LoginTaken = 409 "login_taken" "The login is taken." "Cet identifiant est pris.";
    BadLogin = 422 "login" "A login has 1 to 100 visible characters without spaces." "Un identifiant compte de 1 à 100 caractères visibles, sans espace.";
    BadPersonName = 422 "person_name" "A person's name has 1 to 100 visible characters." "Le nom d’une personne compte de 1 à 100 caractères visibles.";
    BadPassword = 422 "password" "A password has at least 8 characters." "Un mot de passe compte au moins 8 caractères.";
    PersonErased = 409 "person_erased" "The person was erased." "Cette personne a été effacée.";
    LastAdministrator = 409 "last_administrator" "There would be no administrator left." "Il ne resterait plus d’administrateur.";
    ChatClosed = 409 "closed" "The chat is closed." "Le chat est fermé.";
    ChatTooLong = 422 "too_long" "The line is longer than the room takes." "Le message est plus long que ce que la salle accepte.";
    ChatBadText = 422 "bad_text" "A line shows at least one character, and has no control characters, no line breaks and no heap of marks on one letter." "Un message montre au moins un caractère, et n’a ni caractère de contrôle, ni saut de ligne, ni amas de signes sur une lettre.";
    ChatTooFast = 429 "too_fast" "Too many lines. Wait, then post again." "Trop de messages. Patientez avant de continuer.";
    ChatBanned = 403 "banned" "You were excluded from the chat of this live." "Vous avez été exclu du chat de ce direct.";
    BanModerates = 409 "moderates" "Presenters and administrators can't be excluded." "Les intervenants et les administrateurs ne peuvent pas être exclus.";
    BanFromRoom = 409 "from_room" "This was written in the room: whoever is in the room is put out there." "Ce message vient de la salle : c’est dans la salle que l’on exclut ses participants.";
    BanReason = 422 "reason" "A reason has at most 200 visible characters, on one line." "Un motif compte au plus 200 caractères visibles, sur une ligne.";
    ChatMuted = 403 "muted" "You may not post in this chat." "Vous ne pouvez pas écrire dans ce chat.";
    TokenEnded = 401 "token_ended" "The token has ended. Make a new one." "Le jeton est arrivé à échéance. Créez-en un nouveau.";
    TokenScope = 403 "token_scope" "The token is not for this: `needs` names the scopes of which it must have one." "Le jeton n’est pas fait pour cela : `needs` nomme les portées dont il lui faut au moins une.";
    TokenScopes = 422 "token_scopes" "A token has at least one scope, and none that the token which makes it lacks: read, chat, plan, moderate, audit, administer, account." "Un jeton a au moins une portée, et aucune que n’ait le jeton qui le crée : read, chat, plan, moderate, audit, administer, account.";
    TokenLasts = 422 "token_lasts" "A token lasts from an hour to ten years (`lasts_s`, in seconds), or until it is revoked; never longer than the token that makes it (`ends_at`)." "Un jeton dure d’une heure à dix ans (`lasts_s`, en secondes), ou jusqu’à sa révocation ; jamais plus longtemps que le jeton qui le crée (`ends_at`).";
    TooManyTokens = 409 "too_many_tokens" "A person has at most 50 tokens. Delete one first." "Une personne a au plus 50 jetons. Supprimez-en un d’abord.";
}
