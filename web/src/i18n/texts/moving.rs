//! Moving in from another service.

super::texts! {
    Import:
        "Reprise d’Esup-Pod",
        "Moving in from Esup-Pod";
    ImportTab:
        "Reprise",
        "Moving in";
    ImportLead:
        "Les personnes, groupes, diffuseurs, passerelles, réunions, événements et journaux de sessions d’un Pod 3 ou 4. On regarde d’abord ; rien ne s’écrit avant que vous le disiez. Le même fichier une deuxième fois n’écrit rien de plus.",
        "People, groups, broadcasters, gateways, meetings, events and logs of sessions of a Pod 3 or 4. It is looked at first; nothing is written before you say so. The same file a second time writes nothing more.";
    ImportStands:
        "Où en est la reprise",
        "Where it stands";
    ImportIdle:
        "Aucun fichier n’a été déposé.",
        "No file was uploaded.";
    ImportUploading:
        "Le fichier arrive.",
        "The file is coming.";
    ImportLooking:
        "Le fichier est examiné ; rien ne s’écrit.",
        "The file is being looked at; nothing is written.";
    ImportLooked:
        "Le fichier a été examiné. Rien n’est écrit : lisez ce qui suit, puis décidez. Sans décision, il est supprimé au bout de deux heures.",
        "The file was looked at. Nothing is written: read what follows, then decide. Without a decision it is deleted after two hours.";
    ImportApplying:
        "La reprise s’écrit. Vous pouvez quitter cette page.",
        "It is being written. You may leave this page.";
    ImportDone:
        "La reprise est faite, et le fichier supprimé.",
        "It is done, and the file is deleted.";
    ImportFailed:
        "La reprise a été interrompue, et le fichier supprimé.",
        "It was broken off, and the file is deleted.";
    ImportReading:
        "Lecture",
        "Reading";
    ImportOf:
        "{what} : {done} sur {of}",
        "{what}: {done} of {of}";
    ImportOfBytes:
        "{what} : {done} Mio sur {of}",
        "{what}: {done} MiB of {of}";
    ImportOfMib:
        "{done} Mio sur {of}",
        "{done} MiB of {of}";
    ImportBy:
        "par {name}",
        "by {name}";
    ImportUpload:
        "Déposer un fichier",
        "Upload a file";
    ImportOneAtATime:
        "Une reprise à la fois : attendez que celle-ci finisse.",
        "One at a time: wait until this one has ended.";
    ImportFile:
        "Ce que « manage.py dumpdata » a écrit",
        "What “manage.py dumpdata” wrote";
    ImportFileHint:
        "Du JSON, {size} Mio au plus ; au-delà, « amphi import pod » sur le serveur. Il contient des empreintes de mots de passe et des jetons : supprimez votre copie ensuite.",
        "JSON, at most {size} MiB; a larger one is read by “amphi import pod” on the server. It holds passwords’ hashes and tokens: delete your copy afterwards.";
    ImportTooLarge:
        "Ce fichier dépasse {size} Mio. Ne sauvegardez que les modèles utiles, ou utilisez « amphi import pod » sur le serveur.",
        "This file has more than {size} MiB. Dump only the models that are of use, or run “amphi import pod” on the server.";
    ImportNoJson:
        "Ce fichier n’est pas une liste JSON, comme l’écrit « manage.py dumpdata ».",
        "This file is no JSON list, as “manage.py dumpdata” writes it.";
    ImportMore:
        "Connexions, plusieurs sites, un deuxième Pod, un autre fuseau",
        "Ways of signing in, several sites, a second Pod, another time zone";
    ImportTie:
        "Qui se connecte là-bas par",
        "Who signs in there by";
    ImportTieHint:
        "Par exemple cas=cas : à gauche la voie de Pod (cas, oidc, shibboleth), à droite le fournisseur d’ici ({providers}), qui doit donner l’identifiant de Pod pour ce qui ne change pas. Sans cela, ces personnes ne retrouvent pas leurs réunions en se connectant par l’établissement.",
        "For instance cas=cas: on the left the way of Pod (cas, oidc, shibboleth), on the right the provider here ({providers}), which must give Pod’s user name as what stays the same. Without it these people do not find their meetings when they sign in by the house.";
    ImportSame:
        "Un même identifiant est une même personne",
        "The same login is the same person";
    ImportSameHint:
        "Sinon, ce qui est à une personne dont l’identifiant appartient ici à un compte venu d’ailleurs est laissé : dans certains établissements, on choisit le sien.",
        "Else what belongs to somebody whose login an account that came from elsewhere has here is left out: in some houses people choose theirs.";
    ImportFrom:
        "Nom du service repris",
        "Name of the service";
    ImportFromHint:
        "Le même à chaque reprise ; un autre pour un deuxième Pod.",
        "The same one each time; another for a second Pod.";
    ImportSite:
        "Site repris",
        "Site that moves";
    ImportSiteHint:
        "Sa clé primaire ; seulement si le fichier a plusieurs sites.",
        "Its primary key; only where the file has several sites.";
    ImportZone:
        "Fuseau des réunions",
        "Time zone of the meetings";
    ImportZoneHint:
        "Là-bas elles n’en ont pas.",
        "They have none there.";
    ImportLook:
        "Déposer et examiner",
        "Upload and look at it";
    ImportApply:
        "Écrire la reprise",
        "Write it";
    ImportSure:
        "Écrire ce qui a été examiné ?",
        "Write what was looked at?";
    ImportSureMore:
        "Ce qui est ici reste tel quel, ce qui manque arrive. Le journal garde tout : pour revenir en arrière, il faut une sauvegarde d’avant.",
        "What is here stays as it is, what is missing comes. The log keeps it all: the way back is a backup from before.";
    ImportBegun:
        "C’est en cours.",
        "It is under way.";
    ImportReport:
        "Télécharger le rapport",
        "Download the report";
    ImportDiscard:
        "Oublier",
        "Forget it";
    ImportDiscarded:
        "Le fichier et son rapport sont oubliés.",
        "The file and its report are forgotten.";
    ImportCutOff:
        "Le fichier n’est pas arrivé jusqu’au bout.",
        "The file did not come to its end.";
    ImportNoDump:
        "Ce n’est pas un fichier de « manage.py dumpdata » : {why}",
        "It is no file of “manage.py dumpdata”: {why}";
    ImportSites:
        "Le fichier a des réunions de plusieurs sites : {sites}. Dites lequel, sous le champ du fichier.",
        "The file has meetings of several sites: {sites}. Say which one, below the file’s field.";
    ImportNoSuchSite:
        "Le fichier n’a rien du site {site} ; il a {sites}.",
        "The file has nothing of site {site}; it has {sites}.";
    ImportBroken:
        "Ce service n’a pas pu continuer : {why}. Ce qui était écrit reste.",
        "This service could not go on: {why}. What was written stays.";
    ImportAgain:
        "Corrigez, puis déposez le fichier à nouveau : il reprend où il en était.",
        "Mend it, then upload the file again: it goes on where it was.";
    ImportWouldCome:
        "Ce qui viendrait",
        "What would come";
    ImportCame:
        "Ce qui est venu",
        "What came";
    ImportFound:
        "Trouvé",
        "Found";
    ImportNew:
        "Nouveau",
        "New";
    ImportThere:
        "Déjà là",
        "There already";
    ImportLeftOut:
        "Laissé",
        "Left out";
    ImportEmpty:
        "Le fichier n’a rien qui se reprenne.",
        "The file has nothing that can be taken over.";
    ImportLeftOutWhy:
        "Ce qui est laissé, et pourquoi",
        "What is left out, and why";
    ImportChanged:
        "Ce qui est repris autrement",
        "What is taken otherwise than it was";
    ImportOthers:
        "{rows} lignes de {models} autres modèles ont été passées.",
        "{rows} rows of {models} other models were passed over.";
    ImportMoreInFile:
        "et {n} de plus dans le rapport",
        "and {n} more in the report";
    ImportLives:
        "Événements",
        "Lives";
    ImportAddresses:
        "Adresses de messagerie",
        "Mail addresses";
    ImportRecordings:
        "Enregistrements",
        "Recordings";
    WhyNoKey:
        "sans clé primaire (sauvegardez sans --natural-primary)",
        "it has no primary key (dump without --natural-primary)";
    WhyRefused:
        "une règle d’ici s’y oppose",
        "it is not taken here";
    WhyMissing:
        "ce dont cela dépend n’a pas été repris",
        "what it belongs to was not taken over";
    WhyNoOwner:
        "son propriétaire n’a pas été repris",
        "its owner was not taken over";
    WhyUnreadable:
        "illisible",
        "it can’t be read";
    WhyPersonalRoom:
        "un salon personnel : qui planifie en a un ici, à une autre adresse",
        "a personal room: everybody who plans has one here, with another address";
    WhyOfAWebinar:
        "le direct d’un webinaire : il vient avec sa réunion",
        "the live of a webinar: it comes with its meeting";
    WhyDraft:
        "un brouillon : ici, tout direct prévu se voit",
        "a draft: here every planned live is seen";
    WhyGroupDeleted:
        "le groupe a été supprimé ici, et le reste",
        "the group was deleted here, and stays so";
    WhyMembersMissing:
        "tant de ses membres n’ont pas été repris",
        "so many of its members were not taken over";
    WhyGroupWasFilled:
        "rempli à chaque connexion là-bas : ici ses membres restent jusqu’à ce qu’on les retire, laissez plutôt les règles de connexion le remplir",
        "filled anew at each sign-in there: here its members stay until somebody takes them out, so let the rules of sign-in fill it instead";
    WhyRecordingsNotKept:
        "les enregistrements ne sont pas repris : ils restent dans BBB",
        "recordings are not taken over: they stay in BBB";
    WhyErased:
        "la personne a été effacée ici, et le reste",
        "the person was erased here, and stays so";
    WhyLoginHere:
        "un compte d’ici a cet identifiant, et reçoit ce qui est à lui",
        "an account here has that login, and takes what is theirs";
    WhyLoginOfAnother:
        "un compte venu d’ailleurs a cet identifiant ici, et ce n’est peut-être pas la même personne : confirmez que si (--same-logins), ou rien de ce qui est à elle ne vient",
        "an account that came from elsewhere has that login here, and may be somebody else’s: say that it is not (--same-logins), or nothing of theirs comes";
    WhyIdentityHere:
        "la personne s’est déjà connectée ici par l’établissement : ce compte reçoit ce qui est à elle",
        "the person has signed in here by the house already: that account takes what is theirs";
    WhyNotTied:
        "se connecte là-bas par un établissement qui n’est relié à aucun d’ici : en venant par lui, la personne aurait un autre compte, vide (--tie, ou « amphi user tie »)",
        "signs in there by a house that is tied to none here: coming by it, they would have another account, an empty one (--tie, or amphi user tie)";
    WhyIdentityTaken:
        "l’identité de l’établissement ouvre déjà un autre compte ici, et le compte repris n’y est pas relié : effacez l’un des deux",
        "the house’s identity signs in as another account here already, and the account that came is not tied to it: erase one of the two";
    WhyNewPassword:
        "aucun mot de passe n’a pu être repris : un administrateur en donne un",
        "no password could be taken over: an administrator gives a new one";
    WhyClosed:
        "fermé là-bas : le compte n’a ici ni mot de passe ni droits",
        "closed there: the account has neither a password nor rights here";
    WhyOpenToAllSignedIn:
        "protégé par un mot de passe là-bas, ouvert ici à toute personne connectée, car la page d’un direct n’en demande pas : vérifiez avant d’ouvrir",
        "behind a password there, open here to everybody who signs in, because a live page asks for none: look at it before you open it";
    WhyForGroups:
        "réservé à des groupes qu’on ne peut garder ici, car aucun n’a été repris ou il y en a trop : prévoyez-le ici",
        "for groups that can’t be kept here, because none of them was taken over or there are too many: plan it here";
    WhyGroupMissing:
        "l’un des groupes auxquels elle est ouverte n’a pas été repris : elle ne l’est qu’aux autres",
        "one of the groups that it is open to was not taken over: it is open to the others only";
    WhyPasswordDropped:
        "son mot de passe ne peut pas en être un ici : donnez-lui-en un nouveau",
        "its password is none here: give it a new one";
    WhyModeratorPassword:
        "un mot de passe de modérateur n’ouvre rien ici : qui présente est propriétaire ou copropriétaire",
        "a moderators’ password opens nothing here: who presents is its owner or an additional owner";
    WhyRepeatsNoMore:
        "un webinaire périodique : seule sa première date est reprise",
        "a webinar that repeats: only its first date was taken";
    WhyOptionDefault:
        "une option prend son défaut d’ici, car sa valeur ne convient pas",
        "an option has its default here, because its value does not fit";
    WhyCoOwnerMissing:
        "un propriétaire supplémentaire n’a pas été repris",
        "an additional owner was not taken over";
    WhySlidesDropped:
        "ses diapositives ne sont pas reprises",
        "its slides are not taken over";
    WhyNoGatewayHeld:
        "aucune passerelle ne lui est réservée : son image venait d’un enregistreur",
        "no gateway is held for it: its picture came from a recorder";
    WhyTimeUnknown:
        "l’heure d’arrivée est illisible : le début en tient lieu",
        "when somebody came can’t be read: the beginning stands for it";
    WhyNameOnly:
        "présences connues par un nom affiché seulement : elles ne sont données à aucun compte",
        "attendance known by a shown name only: it is given to no account";
    WhyNoAddress:
        "ce n’est pas une adresse de messagerie",
        "it is no mail address";
    WhyAddressOfAccountHere:
        "un compte d’ici porte cet identifiant et garde sa propre adresse",
        "an account here has that login, and keeps its own address";
}
