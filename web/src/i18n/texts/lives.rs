//! Lives: lists, planning, who may watch, announcements, buildings, the wall.

super::texts! {
    LiveFilters:
        "Filtrer",
        "Filter";
    LiveText:
        "Dans le titre",
        "In the title";
    LiveTypeWord:
        "Type",
        "Type";
    LiveBuilding:
        "Bâtiment",
        "Building";
    LivePlaceMap:
        "plan",
        "map";
    LiveAny:
        "tous",
        "any";
    LiveFilter:
        "Montrer",
        "Show";
    LivesAll:
        "En cours et à venir",
        "Now and next";
    LivesPast:
        "Passés",
        "Past";
    LivesMine:
        "Les miens",
        "Mine";
    LivesViews:
        "Listes de directs",
        "Lists of lives";
    NoLivePast:
        "Aucun direct passé.",
        "No past lives.";
    NoLiveFound:
        "Aucun direct de ce genre. Élargissez la recherche.",
        "No lives of that kind. Look for something wider.";
    LivesPages:
        "Page {page} sur {pages}, {count} directs",
        "Page {page} of {pages}, {count} lives";
    LivePlan:
        "Prévoir un direct",
        "Plan a live";
    LivePlanLead:
        "Un encodeur (OBS, matériel) envoie l’image à un diffuseur ; le public la regarde ici et discute. Pour un webinaire avec BigBlueButton, prévoyez plutôt une réunion.",
        "An encoder (OBS, hardware) sends the picture to a broadcaster; the audience watches it here and chats. For a webinar with BigBlueButton, plan a meeting instead.";
    LiveEdit:
        "Modifier le direct",
        "Edit the live";
    LiveTitleWord:
        "Titre",
        "Title";
    LiveStarts:
        "Début",
        "Start";
    LiveEnds:
        "Fin",
        "End";
    LiveTimesHint:
        "Heure de {zone}.",
        "Time of {zone}.";
    LiveBroadcaster:
        "Diffuseur",
        "Broadcaster";
    LiveNoBroadcaster:
        "Aucun diffuseur ne vous est ouvert : un administrateur peut en ouvrir un.",
        "No broadcaster is open to you: an administrator can open one.";
    LiveDescription:
        "Description",
        "Description";
    LiveDescriptionHint:
        "En clair dans le journal, comme le titre.",
        "In clear in the log, as the title.";
    LiveOwners:
        "Copropriétaires",
        "Co-owners";
    LiveOwnersHint:
        "Identifiants, séparés par des virgules. Ils peuvent tout faire, sauf supprimer et céder le direct.",
        "Logins, separated by commas. They may do everything but delete the live and hand it over.";
    LiveDraftTick:
        "Brouillon : visible par ses propriétaires et par qui a son lien",
        "Draft: seen by its owners and by whoever has its link";
    LiveRestrictedTick:
        "Réservé aux personnes connectées",
        "For signed-in people";
    LiveChatTick:
        "Avec un chat",
        "With a chat";
    LiveGroupsWord:
        "Réservé à ces groupes",
        "Only for these groups";
    LivePasswordWord:
        "Mot de passe",
        "Password";
    LivePasswordHint:
        "Demandé sur la page du direct ; vide : aucun. Un brouillon n’en a pas.",
        "Asked for on the live’s page; empty: none. A draft has none.";
    LiveNoType:
        "aucun",
        "none";
    LiveBelow:
        "Page sous l’image",
        "Page below the picture";
    LiveBelowHeight:
        "Hauteur de ce cadre, en pixels",
        "Height of this frame, in pixels";
    LiveBeside:
        "Page à côté de l’image",
        "Page beside the picture";
    LiveHoldVideo:
        "Film d’attente",
        "Film while there is no picture";
    LiveHostsHint:
        "Hôtes autorisés : {hosts}.",
        "Hosts that may be shown: {hosts}.";
    LiveNoHosts:
        "Aucun hôte n’est autorisé ; un administrateur peut en ajouter (réglage live_hosts).",
        "No host may be shown yet; an administrator can list some (setting live_hosts).";
    LivePage:
        "Ce que montre la page",
        "What the page shows";
    LiveWho:
        "Qui peut regarder",
        "Who may watch";
    LiveSave:
        "Enregistrer",
        "Save";
    LivePlanned:
        "Le direct est prévu.",
        "The live is planned.";
    LiveSaved:
        "Le direct est enregistré.",
        "The live is saved.";
    LiveDelete:
        "Supprimer le direct",
        "Delete the live";
    LiveSureDelete:
        "Supprimer « {title} » ? Son diffuseur se libère.",
        "Delete “{title}”? Its broadcaster becomes free.";
    LiveDeleted:
        "Le direct est supprimé.",
        "The live is deleted.";
    LiveNotNow:
        "En cours : le début et le diffuseur restent, et le direct ne se supprime pas.",
        "It is going on: its start and its broadcaster stay, and it cannot be deleted.";
    LiveLinkTitle:
        "Lien du brouillon",
        "The draft’s link";
    LiveLinkLead:
        "Qui a ce lien peut regarder le brouillon. Refait, l’ancien ne mène plus nulle part.",
        "Whoever has this link may watch the draft. Made anew, the one before leads nowhere.";
    LiveLinkRenew:
        "Refaire le lien",
        "Make a new link";
    LiveLinkRenewed:
        "Le lien est nouveau.",
        "The link is new.";
    LivePictureTitle:
        "Image d’attente",
        "Picture before and after";
    LivePictureLead:
        "PNG, JPEG ou WebP, au plus {size} Mio. Montrée avant et après le direct.",
        "PNG, JPEG or WebP, at most {size} MiB. Shown before and after the live.";
    LivePictureFile:
        "Fichier",
        "File";
    LivePictureSet:
        "Montrer cette image",
        "Show this picture";
    LivePictureDrop:
        "Retirer l’image",
        "Take the picture away";
    LivePictureGone:
        "L’image est retirée.",
        "The picture is gone.";
    LivePictureAlt:
        "Image d’attente du direct",
        "Picture of the live";
    LiveHandOver:
        "Céder le direct",
        "Hand the live over";
    LiveHandOverTo:
        "Identifiant de la personne",
        "Login of the person";
    LiveHandedOver:
        "Le direct est cédé.",
        "The live is handed over.";
    LiveAsksPassword:
        "Ce direct demande un mot de passe",
        "This live asks for a password";
    LiveAsksPasswordLead:
        "Le mot de passe vous a été donné avec l’invitation.",
        "The password was given to you with the invitation.";
    LiveOpen:
        "Entrer",
        "Enter";
    LiveTriesWait:
        "Trop d’essais. Réessayez dans {seconds} s.",
        "Too many tries. Try again in {seconds} s.";
    LiveWrongPassword:
        "Ce n’est pas le bon mot de passe.",
        "That is not the password.";
    LiveOnItsPage:
        "Ce direct se regarde sur sa propre page.",
        "This live is watched on its own page.";
    LiveToItsPage:
        "Ouvrir la page du direct",
        "Open the live’s page";
    DraftBadge:
        "brouillon",
        "draft";
    PasswordBadge:
        "mot de passe",
        "password";
    GroupsBadge:
        "groupes",
        "groups";
    AnnouncementsTitle:
        "Annonces",
        "Announcements";
    AnnouncementHouse:
        "À tous",
        "To all";
    AnnouncementPin:
        "Afficher une annonce",
        "Pin an announcement";
    AnnouncementWords:
        "Annonce",
        "Announcement";
    AnnouncementHint:
        "Une ligne, au plus 500 caractères ; en clair dans le journal.",
        "One line, at most 500 characters; in clear in the log.";
    AnnouncementShow:
        "Afficher",
        "Pin";
    AnnouncementTakeDown:
        "Retirer",
        "Take down";
    AnnouncementFailed:
        "L’annonce n’a pas pu être affichée.",
        "The announcement could not be pinned.";
    AnnounceEverywhere:
        "Parler à tous les directs en cours",
        "Speak to all lives that go on";
    AnnouncedEverywhere:
        "L’annonce est affichée sur tous les directs en cours.",
        "The announcement is pinned on all lives that go on.";
    LiveBelowFrame:
        "Page sous l’image",
        "Page below the picture";
    LiveBesideFrame:
        "Page à côté de l’image",
        "Page beside the picture";
    Buildings:
        "Bâtiments",
        "Buildings";
    BuildingsLead:
        "Où sont les diffuseurs. Les listes de directs se filtrent par bâtiment.",
        "Where the broadcasters are. Lists of lives are narrowed by building.";
    NoBuilding:
        "Aucun bâtiment.",
        "No building yet.";
    AddBuilding:
        "Ajouter un bâtiment",
        "Add a building";
    BuildingAdded:
        "Le bâtiment est ajouté.",
        "The building is added.";
    BuildingMap:
        "Adresse d’un plan",
        "Address of a map";
    BuildingBroadcasters:
        "Diffuseurs",
        "Broadcasters";
    BroadcasterWhere:
        "Bâtiment",
        "Building";
    BroadcasterPlannable:
        "On y prévoit des directs (un encodeur y envoie l’image)",
        "Lives are planned on it (an encoder sends the picture there)";
    BroadcasterRestricted:
        "Réservé aux personnes connectées, quoi que dise le direct",
        "For signed-in people, whatever the live says";
    BroadcasterPublic:
        "Montré sur le mur des directs",
        "Shown on the wall of lives";
    BroadcasterRtmp:
        "Où un encodeur envoie l’image",
        "Where an encoder sends the picture";
    BroadcasterRtmpHint:
        "Adresse RTMP, nom du flux compris, pour les directs sans salle. Rien : aucun encodeur n’y envoie.",
        "RTMP address with the stream’s name, for lives without a room. Nothing: no encoder sends there.";
    BroadcasterEncoder:
        "Un boîtier réglé une fois pour toutes",
        "A device that is set once";
    BroadcasterEncoderLead:
        "Cette clé ouvre tous les directs prévus ici, pendant leur heure. Les présentateurs en ont une par direct, montrée un quart d’heure avant.",
        "This key opens every live planned here, in its time. Presenters have one for each live, shown a quarter of an hour before.";
    LiveEncoder:
        "Votre encodeur (OBS, boîtier)",
        "Your encoder (OBS, hardware)";
    BroadcasterGroups:
        "Groupes qui peuvent y prévoir ; aucun : tous ceux qui peuvent prévoir",
        "Groups that may plan on it; none: all who may plan";
    BroadcasterPictureLead:
        "PNG, JPEG ou WebP, au plus {size} Mio. Montrée avant et après les directs qui n’ont pas la leur.",
        "PNG, JPEG or WebP, at most {size} MiB. Shown before and after lives that have none of their own.";
    BroadcasterPictureAlt:
        "Image d’attente du diffuseur",
        "Picture of the broadcaster";
    BroadcasterQr:
        "Direct immédiat",
        "Live for now";
    BroadcasterQrLead:
        "Affichez ce code près du diffuseur : qui le lit et peut y prévoir lance un direct tout de suite.",
        "Put this code up beside the broadcaster: whoever reads it and may plan there begins a live at once.";
    BroadcasterQrAlt:
        "Code QR de {address}",
        "QR code of {address}";
    NowTitle:
        "Direct immédiat sur {name}",
        "Live for now on {name}";
    NowLead:
        "Le direct commence tout de suite ; choisissez sa fin.",
        "The live begins at once; choose its end.";
    NowBegin:
        "Commencer",
        "Begin";
    NowProposed:
        "Direct – {name}, {date}",
        "Live – {name}, {date}";
    LivesListLead:
        "Tous les directs de tout le monde, brouillons compris : ce qui occupe un diffuseur s’y trouve.",
        "All lives of everybody, drafts too: what holds a broadcaster is among them.";
    RunsTitle:
        "Diffusions",
        "Runs";
    RunsListLead:
        "Chaque mise en marche d’une passerelle pour un direct, la plus récente d’abord.",
        "Each run of a gateway for a live, the newest first.";
    RunOf:
        "Direct",
        "Live";
    RunNumber:
        "N°",
        "No.";
    RunAsked:
        "Demandée",
        "Asked for";
    RunOnAir:
        "À l’antenne",
        "On air";
    RunOverAt:
        "Terminée",
        "Over";
    RunFault:
        "Défaut",
        "Fault";
    RunsFailed:
        "avec un défaut",
        "with a fault";
    WallTitle:
        "Mur des directs",
        "Wall of lives";
    WallLead:
        "Tous les directs en cours, d’eux-mêmes à jour.",
        "All lives that go on, kept up by themselves.";
    WallNothing:
        "Aucun direct en ce moment.",
        "No live just now.";
    WallSince:
        "depuis {time}",
        "since {time}";
    WallLost:
        "La liaison est interrompue ; nouvelle tentative…",
        "The connection is interrupted; trying again…";
    WallPicture:
        "Image de {title}",
        "Picture of {title}";
    PlayerBack:
        "Reculer de 30 s",
        "Back 30 s";
    PlayerAudio:
        "Son seul",
        "Sound only";
    PlayerCaptions:
        "Sous-titres",
        "Captions";
    PlayerPip:
        "Incrustation",
        "Picture in picture";
    PlayerTools:
        "Réglages du lecteur",
        "Player controls";
    PlayerSoundOnly:
        "Son seul : l’image n’est pas chargée si le direct le permet.",
        "Sound only: the picture is not loaded where the live allows it.";
    ShareTitle:
        "Partager",
        "Share";
    ShareEmbed:
        "Code à insérer dans une page",
        "Code for another page";
    SignInToWrite:
        "Se connecter pour écrire",
        "Sign in to write";
}
