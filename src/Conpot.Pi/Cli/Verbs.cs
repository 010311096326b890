using Conpot.Pi.Cli.Capture;
using Conpot.Pi.Cli.Doctor;
using Conpot.Pi.Cli.Report;

namespace Conpot.Pi.Cli;

/// <summary>The table of verbs; <c>help</c> prints itself from it.</summary>
internal static class Verbs
{
    private static readonly Option Config = new("--config", 'c', "FILE", "the settings file; default: /boot/firmware/conpot-pi.toml, /etc/conpot-pi/conpot-pi.toml, else built-in defaults");
    private static readonly Option Set = new("--set", '\0', "SECTION.KEY=VALUE", "overrides one setting; may be given several times");
    private static readonly Option Json = new("--json", '\0', null, "machine-readable output");

    private static readonly Option Journal = new("--journal", '\0', "DIRECTORY", "another journal than that of the settings");

    public static readonly IReadOnlyList<Option> Common =
    [
        new("--verbose", 'v', null, "say more: at run, the device's identity and the limits in force"),
        new("--quiet", 'q', null, "say nothing but errors"),
        new("--no-color", '\0', null, "no colours (NO_COLOR does the same)"),
    ];

    public static readonly IReadOnlyList<Verb> All =
    [
        new("run", "[-c FILE] [--set SECTION.KEY=VALUE]... [--last-good]", "Start the sensor and run until it is stopped.",
            "Listens, answers as the device would, and records every touch in the journal.\nSIGHUP reads the settings again; SIGTERM or Ctrl-C stops within a second.",
            0,
            [
                new("--last-good", '\0', null, "with a bad settings file, run with the last good one, blink SF, and write the mistakes beside it"),
                Config, Set,
            ],
            RunVerb.Run),
        new("validate", "[-c FILE] [--set SECTION.KEY=VALUE]...", "Check the settings without starting anything.",
            "Builds the whole sensor and binds nothing; every mistake is listed with its place and remedy. Exit code 78 when there is one.",
            0, [Config, Set], ValidateVerb.Run),
        new("status", "[--json] [-c FILE]", "Show how the running sensor is.",
            "Mode, ports, journal, sinks, faults, and the Pi's temperature and supply. Exit code 1 when no sensor runs with these settings.\nFor root and the group conpot-pi.",
            0, [Json, Config, Set], StatusVerb.Run),
        new("test-alert", "[SINK] [--json] [-c FILE]", "Send a test through every sink, and show each one's answer.",
            "A marked event of the weight of an alert, through the running sensor's sinks, or from here when none runs. The journal does not have it.\nSINK as 'conpot-pi status' shows it, \"webhook ntfy\" with quotes. Exit code 1 when any of them failed, or there is none.",
            1, [Json, Config, Set], TestAlertVerb.Run),
        new("doctor", "[--send] [--json] [-c FILE]", "Look for what may be wrong, and say what to type.",
            "Settings, ports, rights, clock, pins and buses, card, journal, sinks, what the sensor answers, and what gives it away. It changes nothing.\nIt reads one value through each protocol; the journal has that as a visit of this machine. As root it sees more. Exit code 1 when anything failed.",
            0,
            [
                new("--send", '\0', null, "send a test through every sink as well, as test-alert does"),
                Json, Config, Set,
            ],
            DoctorVerb.Run),
        new("events", "[--follow] [--since 1d] [--session ID] [--json] [--list]", "Show what was recorded.",
            "One line per event, oldest first. --json prints the journal's own lines.",
            0,
            [
                new("--follow", 'f', null, "wait for further events until Ctrl-C"),
                new("--since", '\0', "TIME", "only events of the last 30m, 12h, 7d, or since a time such as 2026-11-22T08:00Z"),
                new("--session", '\0', "ID", "only the events of one session"),
                new("--list", '\0', null, "list the kinds of events there are"),
                Journal, Json, Config, Set,
            ],
            EventsVerb.Run),
        new("report", "[--since 7d] [-o FILE]", "Write a report that anybody can read.",
            "One HTML page that needs nothing else: who came, what they did in the PLC's terms, what was changed, in words, pictures and tables.\nWithout -o it is written to conpot-pi-report-NAME-DATE.html in this directory; '-o -' is stdout. Without --since it covers seven days.",
            0,
            [
                new("--since", '\0', "TIME", "only events of the last 30m, 12h, 7d, or since a time such as 2026-11-22T08:00Z"),
                new("--output", 'o', "FILE", "where to write it; '-' for stdout"),
                Journal, Config, Set,
            ],
            ReportVerb.Run),
        new("capture", "[SESSION] [--since 1d] [--source ADDRESS] [-o FILE]", "Write what was said as packets for Wireshark.",
            "A pcapng file: the recorded bytes with the time of their event, made-up Ethernet, IP, TCP and UDP headers around them, and each packet's event as its comment.\nSESSION as 'conpot-pi events' shows it. The journal has one time for an exchange: a reply stands 10 microseconds behind its request.",
            1,
            [
                new("--since", '\0', "TIME", "only events of the last 30m, 12h, 7d, or since a time such as 2026-11-22T08:00Z"),
                new("--source", '\0', "ADDRESS", "only what came from this address"),
                new("--output", 'o', "FILE", "where to write it; '-' for stdout; default: conpot-pi-capture-DATE.pcapng in this directory"),
                new("--standard-ports", '\0', null, "write 502, 161, 102 or 80 for the sensor's port, so that Wireshark knows the protocol by itself"),
                Journal, Config, Set,
            ],
            CaptureVerb.Run),
        new("io", "list | wiring [--svg] [-o FILE] | watch | test ADDRESS [--times N] [--while-running] | ack", "Show, watch and test what is wired.",
            "list    GPIO chips and lines, buses and what answers on them; what is missing comes with its remedy\nwiring  the 40-pin header with what the settings wire where, as text or as a drawing to print\n"
            + "watch   the live image, inputs and outputs by name, until Ctrl-C\ntest    switches one output on and off, to see whether it is wired right\nack     puts out the alert lamp until the next hostile event",
            2,
            [
                new("--svg", '\0', null, "wiring as SVG"),
                new("--output", 'o', "FILE", "write the wiring there"),
                new("--while-running", '\0', null, "test an output through the running sensor"),
                new("--times", '\0', "N", "how often the output is switched on; default 5"),
                Json, Config, Set,
            ],
            IoVerb.Run),
        new("appliance", "apply | egress | console | stack INTERFACE | unreachable [INTERFACE]", "What the units of the image run.",
            "apply        chooses the settings, and makes network, firewall, clock and management of them\n"
            + "egress       looks up the names that the machine may send to, and opens the firewall for them\n"
            + "console      shows on this terminal how the machine is, until it is stopped\n"
            + "stack        prints the rules and kernel settings that make this machine's TCP/IP the device's, for nft -f\nunreachable  answers datagrams to closed ports as the device does; it needs CAP_NET_RAW",
            2,
            [
                new("--root", '\0', "DIRECTORY", "apply: write below this directory, and leave the running machine as it is"),
                new("--dry-run", '\0', null, "apply: print the files instead of writing them"),
                Config, Set,
            ],
            ApplianceVerb.Run),
        new("profiles", "[show NAME]", "List the devices it can play, or print one.",
            "A profile is a TOML file; your settings lie over it key by key.\nIn your own file name it with [plc] profile = \"NAME\", and write below only the lines that you change.",
            2, [Json], ProfilesVerb.Run),
        new("version", "", "Print the version.", "Prints the version of this binary.", 0, [], HelpVerb.Version),
        new("help", "[VERB]", "Print this help, or a verb's.", "Prints the table of verbs, or one of them in full.", 1, [], HelpVerb.Run),
    ];
}
