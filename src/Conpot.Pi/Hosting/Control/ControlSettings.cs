using System.Text;
using Conpot.Pi.Config;

namespace Conpot.Pi.Hosting.Control;

/// <summary>[control]: the local socket through which <c>conpot-pi status</c> and others talk to the running sensor.</summary>
/// <param name="Socket">Where the sensor makes it.</param>
/// <param name="Elsewhere">Where a service's sensor has it instead, for a person who asks from a shell; null when the settings say where.</param>
internal sealed record ControlSettings(bool Enabled, string Socket, string? Elsewhere)
{
    /// <summary>What RuntimeDirectory=conpot-pi of the unit makes: systemd.exec(5).</summary>
    private const string ServiceSocket = "/run/conpot-pi/control";

    /// <summary>sun_path has 108 bytes with its zero: unix(7).</summary>
    private const int LongestPath = 107;

    /// <param name="root">The root of the user's file.</param>
    /// <param name="state">The state directory: a file that names one gets its socket there, so that several sensors stay apart.</param>
    public static ControlSettings Read(ConfigSection root, string state)
    {
        var section = root.Section("control");
        var enabled = section.Flag("enabled", true);
        var (fallback, elsewhere) = (Path.Combine(state, "control.sock"), (string?)null);
        if (!root.Has("state_directory"))
        {
            // systemd may give several directories, with colons between.
            if (Environment.GetEnvironmentVariable("RUNTIME_DIRECTORY") is { Length: > 0 } given) fallback = Path.Combine(given.Split(':')[0], "control");
            else if (!section.Has("socket")) elsewhere = ServiceSocket;
        }
        var socket = section.Text("socket", fallback);
        if (!Path.IsPathFullyQualified(socket))
            section.Error("socket", $"'socket' in [control] is \"{socket}\"; write an absolute path, such as \"{ServiceSocket}\"");
        else if (enabled && Encoding.UTF8.GetByteCount(socket) > LongestPath)
            section.Error("socket", $"the control socket's path \"{socket}\" is longer than the {LongestPath} bytes that Linux allows; set [control] socket to a shorter one, such as \"{ServiceSocket}\"");
        return new ControlSettings(enabled, socket, elsewhere);
    }

    /// <summary>Reads as little as a client needs: who may ask a sensor need not be able to read its passwords, and its file may be broken meanwhile.</summary>
    /// <returns>Null when the file cannot be read at all.</returns>
    public static ControlSettings? Find(ConfigSource source, ConfigErrors errors)
    {
        if (SensorPlan.ReadFile(source, errors) is not { } file) return null;
        foreach (var assignment in source.Overrides) file.Set(assignment);
        var settings = Read(file.Root, file.Root.Text("state_directory", StateDirectory.Default));
        return errors.Any ? null : settings;
    }
}
