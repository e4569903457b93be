import { start as startChrome } from "./chrome.js";
import { start as startForms } from "./forms.js";
import { start as startKeys } from "./keys.js";
import { start as startVisits, loadAgain } from "./visits.js";
import { start as startLive } from "./live.js";
import { start as startClock } from "./clock.js";
import { opened } from "./chat.js";

startChrome();
startForms();
startKeys();
startVisits();
opened(document);
startLive(loadAgain);
startClock(loadAgain);
