using System.Text;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Hosting;

/// <summary>Where the sensor keeps what must outlive it: the journal and its identity.</summary>
internal static class StateDirectory
{
    /// <summary>Of a seed: a text of a person's own may be longer than ours, which have 33.</summary>
    private const int MostBytes = 4096;

    /// <summary>What systemd's StateDirectory= gives; else /var/lib for root, else the user's own state directory (XDG base directory specification).</summary>
    public static string Default
    {
        get
        {
            if (Environment.GetEnvironmentVariable("STATE_DIRECTORY") is { Length: > 0 } given) return given.Split(':')[0];
            if (Environment.IsPrivilegedProcess) return "/var/lib/conpot-pi";
            var home = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } xdg
                ? xdg
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".local", "state");
            // A user without a home (a service of one's own making): the message that this place cannot be written then names it in full.
            return Path.IsPathFullyQualified(home) ? Path.Combine(home, "conpot-pi") : "/var/lib/conpot-pi";
        }
    }

    /// <summary>What makes this device an individual: its own file if there is one, else the machine-id, else a text made up now.</summary>
    /// <param name="create">Whether a made-up text may be written down; a mere look at the configuration leaves no trace.</param>
    /// <exception cref="IOException">It cannot be written down; the message is complete.</exception>
    public static DeviceSeed Seed(string directory, bool create)
    {
        var path = Path.Combine(directory, "seed");
        if (ReadSeed(path) is { } kept) return DeviceSeed.From(kept);
        if (ReadText("/etc/machine-id") is { } machine && machine != "uninitialized") return DeviceSeed.From("conpot-pi " + machine);
        var made = Guid.NewGuid().ToString("N");
        if (create) WriteDown(path, made);
        return DeviceSeed.From(made);
    }

    /// <summary>A seed of the machine's own, where there is none yet: by the board's serial number, so that a new card makes the same device of it; else made up.</summary>
    /// <param name="root">"/", or where the machine's files are.</param>
    /// <exception cref="IOException">It cannot be written down; the message is complete.</exception>
    public static void MakeSeed(string directory, string root)
    {
        var path = Path.Combine(directory, "seed");
        if (ReadSeed(path) is not null) return;
        var board = ReadText(Path.Join(root, "proc/device-tree/serial-number"))?.Trim('\0', '\n', ' ') ?? "";
        WriteDown(path, board.Any(c => c != '0') ? "board " + board : Guid.NewGuid().ToString("N"));
    }

    /// <returns>Null when this user can write there, else place, fact and remedy.</returns>
    public static string? Problem(string directory, bool create)
    {
        string? fact;
        try
        {
            if (create) Directory.CreateDirectory(directory);
            var nearest = WriteAccess.Nearest(directory);
            fact = Directory.Exists(nearest) ? WriteAccess.Problem(nearest) : $"{nearest} is no directory";
            if (fact is null) return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fact = e.Message.TrimEnd('.');
        }
        return $"the state directory {directory} cannot be used ({fact}), so that downloads, SNMP texts, how far each sink has come and the last good settings are not kept; "
            + "let this user write there, or set state_directory to a place where it may";
    }

    private static void WriteDown(string path, string made)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            DurableFile.Write(path, Encoding.ASCII.GetBytes(made + "\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"this sensor's identity cannot be kept in {path} ({e.Message}); give the directory to this user, or set [plc] seed to a text of your own", e);
        }
    }

    /// <summary>Written by the sensor's user, and read by root.</summary>
    private static string? ReadSeed(string path) => SmallFile.Read(path, MostBytes) is { } bytes && Encoding.UTF8.GetString(bytes).Trim() is { Length: > 0 } text ? text : null;

    /// <summary>The machine's own.</summary>
    private static string? ReadText(string path)
    {
        try
        {
            return File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } text ? text : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
