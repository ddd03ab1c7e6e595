// The login form is Gradio's, and says nothing but that a password was wrong. What else may come
// of a try is said here.
"use strict";

(() => {
  const plainFetch = window.fetch;

  const isTry = ([address, options]) =>
    options?.method === "POST" &&
    new URL(address, location.href).pathname.replace(/\/$/, "").endsWith("/login");

  async function describe(response) {
    if (response.ok || response.status === 400) return ""; // Gradio says it
    try {
      const { detail } = await response.clone().json();
      if (typeof detail === "string" && detail) {
        return `${detail[0].toUpperCase()}${detail.slice(1)}.`;
      }
    } catch {
      // Then it was not this server that refused it.
    }
    return `The server refused this (${response.status}); try again later.`;
  }

  function say(why) {
    let line = document.getElementById("login-trouble");
    if (!line) {
      line = document.createElement("p");
      line.id = "login-trouble";
      line.setAttribute("role", "alert");
      line.style.fontWeight = "600";
      const buttons = document.querySelectorAll("main button, .gradio-container button, button");
      buttons[buttons.length - 1]?.before(line);
    }
    line.textContent = why;
  }

  window.fetch = async function (...given) {
    if (!isTry(given)) return plainFetch.apply(this, given);
    try {
      const response = await plainFetch.apply(this, given);
      say(await describe(response));
      return response;
    } catch (error) {
      say("The server does not answer; is 'onrecord serve' still running?");
      throw error;
    }
  };
})();
