using System.Net;
using Conpot.Pi.Config;

namespace Conpot.Pi.Events;

/// <summary>[alerts] and [ignore]: what a person is told of, how often, and who is never worth a word.</summary>
/// <param name="Minimum">Severity from which on an event raises an alert.</param>
/// <param name="Window">One alert for each source and action in this time.</param>
/// <param name="Alive">How often sensor.alive is recorded; zero for never.</param>
internal sealed record AlertSettings(int Minimum, TimeSpan Window, TimeSpan Alive, IReadOnlyList<IgnoreRule> Ignored)
{
    /// <param name="ignore">[ignore], or each [[ignore]].</param>
    public static AlertSettings Read(ConfigSection section, IReadOnlyList<ConfigSection> ignore) => new(
        (int)section.Integer("minimum", EventKind.AlertSeverity, 0, 100),
        // 15 minutes: a visit is one alert, and who comes back after lunch is another.
        section.Duration("window", TimeSpan.FromMinutes(15), TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
        // 15 minutes: four lines an hour, which costs the card less than 100 KB; a collector that misses two knows.
        section.Duration("alive", TimeSpan.FromMinutes(15), TimeSpan.Zero, TimeSpan.FromDays(1)),
        [.. ignore.Where(i => i.Exists).Select(IgnoreRule.Read)]);

    public bool Ignores(EventKind kind, Origin? origin)
    {
        foreach (var rule in Ignored)
            if (rule.Matches(kind, origin)) return true;
        return false;
    }
}

/// <summary>One [ignore]: an event that fits all that it names is recorded and counted, and raises no alert.</summary>
internal sealed record IgnoreRule(IReadOnlyList<IPNetwork> Sources, IReadOnlyList<string> Protocols, IReadOnlyList<string> Actions)
{
    public static IgnoreRule Read(ConfigSection section)
    {
        var sources = new List<IPNetwork>();
        var texts = section.Texts("sources");
        foreach (var text in texts)
        {
            if (TryNetwork(text, out var network)) sources.Add(network);
            else section.Error("sources", $"\"{text}\" in [ignore] is no network; write an address such as \"10.0.0.5\", or a network such as \"10.1.0.0/16\"");
        }
        var known = EventCatalog.All.Select(k => k.Action).Distinct().ToList();
        var actions = section.Texts("actions");
        foreach (var action in actions.Except(known))
            section.Error("actions", $"\"{action}\" in [ignore] is no event's name; did you mean \"{NearestName.Find(action, known) ?? "modbus.write"}\"? 'conpot-pi events --list' has them all");
        var protocols = section.Texts("protocols");
        if (texts.Count == 0 && protocols.Count == 0 && actions.Count == 0)
            section.Error("sources", "[ignore] names nothing, which would ignore everything; write sources, protocols or actions, or remove it");
        return new IgnoreRule(sources, protocols, actions);
    }

    public bool Matches(EventKind kind, Origin? origin)
    {
        if (Sources.Count > 0 && !IsFromHere(origin)) return false;
        if (Protocols.Count > 0 && !Protocols.Contains(origin?.Protocol ?? kind.Action[..kind.Action.IndexOf('.')])) return false;
        return Actions.Count == 0 || Actions.Contains(kind.Action);
    }

    private bool IsFromHere(Origin? origin)
    {
        if (origin is null) return false;
        foreach (var network in Sources)
            if (network.Contains(origin.Source.Address)) return true;
        return false;
    }

    /// <summary>Bits behind the prefix are let through: "10.1.2.3/16" means its network.</summary>
    private static bool TryNetwork(string text, out IPNetwork network)
    {
        network = default;
        var slash = text.IndexOf('/');
        if (!IPAddress.TryParse(slash < 0 ? text : text[..slash], out var address)) return false;
        var bytes = address.GetAddressBytes();
        var prefix = bytes.Length * 8;
        if (slash >= 0 && (!byte.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out var given) || (prefix = given) > bytes.Length * 8)) return false;
        for (var bit = prefix; bit < bytes.Length * 8; bit++) bytes[bit / 8] &= (byte)~(0x80 >> bit % 8);
        network = new IPNetwork(new IPAddress(bytes), prefix);
        return true;
    }
}
