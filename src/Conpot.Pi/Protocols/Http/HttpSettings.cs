using Conpot.Pi.Config;
using Conpot.Pi.Events.Sinks;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Http;

/// <summary>[http]: whose pages they are, what they show, and who may change something there.</summary>
internal sealed record HttpSettings
{
    public required bool Enabled { get; init; }
    public required int Port { get; init; }
    public required int Connections { get; init; }
    public required TimeSpan IdleTimeout { get; init; }
    public required (TimeSpan From, TimeSpan To) Latency { get; init; }

    /// <summary>The pages of a SIMATIC NET IT-CP instead of a station's panel.</summary>
    public required bool ItCp { get; init; }

    /// <summary>The Server header; empty for none.</summary>
    public required string Server { get; init; }

    /// <summary>Whether the status line says "OK" behind the number.</summary>
    public required bool Reason { get; init; }

    public required string Title { get; init; }

    /// <summary>For what a search engine would index.</summary>
    public required string Keywords { get; init; }

    /// <summary>Last-Modified as it stands, or empty.</summary>
    public required string LastModified { get; init; }

    /// <summary>Whether a form wants a login first.</summary>
    public required bool Login { get; init; }

    /// <summary>Whether forms change the process image.</summary>
    public required bool Writes { get; init; }

    public required string User { get; init; }

    /// <summary>Null: no login succeeds.</summary>
    public required string? Password { get; init; }

    public required IReadOnlyList<HttpValue> Values { get; init; }

    public required PanelLook Look { get; init; }

    public static HttpSettings Read(ConfigSection section, Cpu cpu, DeviceSeed seed, bool lowPorts, string configDirectory)
    {
        var cp = section.Choice("style", "station", "station", "cp343-it") == "cp343-it";
        var look = PanelLook.Of(seed);
        return new HttpSettings
        {
            Enabled = section.Flag("enabled", false),
            Port = (int)section.Integer("port", lowPorts ? 80 : 8800, 1, 65535),
            // A panel serves a handful of browsers; each connection may cost one unfinished request of 62 KB.
            Connections = (int)section.Integer("connections", 16, 1, 512),
            IdleTimeout = section.Duration("idle_timeout", TimeSpan.FromSeconds(30), TimeSpan.Zero, TimeSpan.FromDays(1)),
            Latency = section.DurationRange("latency", (TimeSpan.FromMilliseconds(12), TimeSpan.FromMilliseconds(40)), TimeSpan.FromSeconds(10)),
            ItCp = cp,
            Server = Line("server", cp ? "HTTP-Server V1.27" : "{panel}/{version}"), // of a real CP 343-1 IT (WIRE 4)
            Reason = section.Choice("status_line", cp ? "number" : "reason", "reason", "number") == "reason",
            Title = Line("title", cp ? "SIMATIC NET IT-CP" : "Station {number}"),
            Keywords = Line("keywords", ""),
            LastModified = Line("last_modified", cp ? "Sat Jan  1 00:00 1994" : ""), // as the CP's, which is no HTTP date (WIRE 4)
            Login = section.Choice("login", "required", "required", "none") == "required",
            Writes = section.Flag("writes", true),
            User = section.Text("user", ""),
            Password = ReadPassword(section, configDirectory),
            Values = HttpValue.ReadAll(section, cpu.Image),
            Look = look,
        };

        string Line(string key, string fallback)
        {
            var text = look.Personalise(seed.Personalise(section.Text(key, fallback)));
            if (text.Length <= 120 && (key != "server" || text.All(char.IsAscii))) return text;
            section.Error(key, $"'{key}' in [http] is too long or no ASCII; write up to 120 characters");
            return "";
        }
    }

    private static string? ReadPassword(ConfigSection section, string configDirectory)
    {
        try
        {
            return Secret.Read(section, "password", configDirectory)?.Reveal();
        }
        catch (SinkException)
        {
            return null; // a credential that only the running service has: validate cannot see it
        }
    }
}
