// What makes the screens more comfortable. No screen needs it to work.

import "./announce.js";
import "./busy.js";
import "./cancel.js";
import "./closes.js";
import "./copy.js";
import "./countdown.js";
import "./focus.js";
import "./insert.js";
import "./list-keys.js";
import "./lost-answers.js";
import "./menus.js";
import "./schema-docs.js";
import "./submit-keys.js";
import "./ticks.js";
import "./time-zone.js";
import "./waiting.js";
