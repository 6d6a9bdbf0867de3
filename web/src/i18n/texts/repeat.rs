//! Meetings that repeat.

super::texts! {
    Repeats: "Répétition", "Repeats";
    RepeatNever: "Une seule fois", "Once";
    RepeatDaily: "Chaque jour", "Every day";
    RepeatWeekly: "Chaque semaine", "Every week";
    RepeatMonthlyDate: "Chaque mois, le même jour du mois", "Every month, on the same day of the month";
    RepeatMonthlyNth: "Chaque mois, le même jour de la semaine (par exemple le 3e vendredi)", "Every month, on the same weekday (such as the third Friday)";
    RepeatYearly: "Chaque année", "Every year";
    RepeatHint:
        "L’heure reste la même dans le fuseau de la réunion, aussi après un changement d’heure. Un webinaire n’a lieu qu’une fois.",
        "The hour stays the same in the meeting’s zone, also after a clock change. A webinar takes place once.";
    RepeatEvery: "Tous les combien", "Every how many";
    RepeatEveryHint: "2 : une semaine sur deux, par exemple.", "2: every other week, for example.";
    RepeatDays: "Jours de la semaine", "Days of the week";
    RepeatDaysHint: "Aucun : le jour du début.", "None: the day of the start.";
    RepeatEnd: "Jusqu’à quand", "Until when";
    RepeatOpen: "Sans fin", "For ever";
    RepeatUntil: "Jusqu’à une date", "Until a date";
    RepeatCount: "Un certain nombre de fois", "A number of times";
    RepeatUntilDate: "Dernière date possible", "Last possible date";
    RepeatTimes: "Nombre de fois", "Number of times";

    BadEvery: "Un nombre entier, de 1 à 100.", "A whole number, 1 to 100.";
    BadUntil: "Indiquez une date.", "Give a date.";
    BadTimes: "Un nombre entier, de 1 à 2000.", "A whole number, 1 to 2000.";
    BadStartDay: "Le jour du début doit être l’un des jours choisis.", "The day of the start must be one of the chosen days.";
    TooManyDates: "Une série qui finit compte au plus 2000 dates ; choisissez « sans fin » ou moins de dates.", "A series that ends has at most 2000 dates; choose “for ever”, or fewer.";
    SeriesTooFar: "Une série finit dans les 200 ans.", "A series ends within 200 years.";
    WebinarOnce: "Un webinaire n’a lieu qu’une fois : planifiez-en un par date.", "A webinar takes place once: plan one for each date.";
    NoSuchDate: "La série n’a pas cette date.", "The series has no such date.";
    DateFar:
        "Les dates d’une série se changent une à une dans les dix ans. Vérifiez l’année.",
        "Single dates of a series are changed within ten years. Check the year.";
    DatesLost:
        "Avec ce changement, ce que vous aviez dit de ces dates est perdu : {dates}. Enregistrez encore une fois si c’est bien ce que vous voulez.",
        "With this change, what you had said of these dates is lost: {dates}. Save once more if that is what you want.";
    TooManyChanged: "Au plus 500 dates d’une série sont changées seules.", "At most 500 dates of a series are changed alone.";

    SaysDaily: "Tous les {n} jours", "Every {n} days";
    SaysWeekly: "Toutes les {n} semaines : {days}", "Every {n} weeks: {days}";
    SaysWeeklyOne: "Chaque semaine : {days}", "Every week: {days}";
    SaysMonthly: "Tous les {n} mois", "Every {n} months";
    SaysYearly: "Tous les {n} ans", "Every {n} years";
    SaysUntil: "jusqu’au {date}", "until {date}";
    SaysTimes: "{n} fois", "{n} times";

    Dates: "Prochaines dates", "Next dates";
    DatesNone: "Plus aucune date.", "No date any more.";
    DateMoved: "Déplacée", "Moved";
    DateCancelled: "Annulée", "Cancelled";
    DateWas: "prévue le {time}", "planned for {time}";
    DateChange: "Déplacer ou annuler cette date", "Move or cancel this date";
    DateMove: "Déplacer cette date", "Move this date";
    DateCancel: "Annuler cette date", "Cancel this date";
    DateRestore: "Rétablir", "Restore";
}
