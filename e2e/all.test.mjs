// All tests in one process, so that the demonstration is played once and every page is known to have been looked at.
import { after } from "node:test";
import { end } from "./browser.mjs";
import "./pages.test.mjs";
import "./everyone.test.mjs";
import "./journey.test.mjs";
import "./sheets.test.mjs";
import "./accounts.test.mjs";
import "./oidc.test.mjs";
import "./swept.test.mjs";

after(end);
