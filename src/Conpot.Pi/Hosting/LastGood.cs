using System.Globalization;
using System.Text;
using Conpot.Pi.Config;

namespace Conpot.Pi.Hosting;

/// <summary>Which settings are in force.</summary>
internal enum Standing
{
    /// <summary>Those of the file.</summary>
    File,

    /// <summary>The copy of the last file that a sensor started with.</summary>
    LastGood,

    /// <summary>The built-in ones.</summary>
    BuiltIn,
}

/// <summary>Settings that are in force whatever was written into the file: the file when it is good, else the copy of the last good one, else the built-in ones.</summary>
/// <remarks>Mistakes go into a file beside the bad one, where the person who made them will look; where that cannot be written, into the state directory.</remarks>
/// <param name="wanted">The file; it must have a path.</param>
/// <param name="mayBeBuiltIn">Whether the built-in settings make a sensor that anybody would want: on the image, where it has the machine to itself.</param>
internal sealed class LastGood(ConfigSource wanted, bool mayBeBuiltIn)
{
    private const string CopyName = "last-good.toml", ErrorsSuffix = "-errors.txt";

    /// <summary>The settings hold passwords.</summary>
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Public = Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public ConfigSource Wanted => wanted;

    /// <summary>Where the copy is, for who does not trust the sensor's own; null for the state directory.</summary>
    public string? CopyDirectory { get; init; }

    /// <summary>The copy; beside the identity, whatever directory the settings name.</summary>
    public string Copy => Path.Combine(CopyDirectory ?? wanted.StateDirectory, CopyName);

    public string ErrorsBeside => Path.Combine(wanted.Directory, ErrorsName);

    public string ErrorsInState => Path.Combine(wanted.StateDirectory, ErrorsName);

    /// <summary>Which settings <see cref="Read"/> has found last.</summary>
    public Standing Standing { get; private set; }

    /// <summary>Where the mistakes of the file are, as <see cref="Harmless"/> tells them; null when it is good.</summary>
    public string? Problem { get; private set; }

    private string ErrorsName => Path.GetFileNameWithoutExtension(wanted.Path) + ErrorsSuffix;

    /// <summary>The plan in force, or null when there is none to be had.</summary>
    /// <param name="mistakes">Of the file, and of nothing else.</param>
    public SensorPlan? Read(TimeProvider time, bool create, out IReadOnlyList<ConfigError> mistakes)
    {
        var plan = Try(wanted, time, create, out mistakes);
        (Standing, Problem) = (Standing.File, plan is null ? At(mistakes) : null);
        if (plan is not null) return plan;
        if (Kept() is { } kept && Try(wanted with { Instead = new StandIn(Copy, kept) }, time, create, out _) is { } last)
        {
            Standing = Standing.LastGood;
            return last;
        }
        if (!mayBeBuiltIn) return null;
        Standing = Standing.BuiltIn;
        return Try(wanted with { Instead = new StandIn("built-in settings", []) }, time, create, out _);
    }

    /// <summary>A running sensor has read the file again and found mistakes: what it had goes on.</summary>
    public string? Refuse(IReadOnlyList<ConfigError> mistakes)
    {
        Problem = At(mistakes);
        return Tell(mistakes, Standing == Standing.File ? Standing.LastGood : Standing);
    }

    /// <summary>The file has no mistakes, and yet it is not in force: a port is taken, or only a restart can do it.</summary>
    public void Postpone(string why)
    {
        Problem = why;
        Tell([], Standing);
    }

    /// <summary>A sensor runs with the file's settings: they are the good ones from now on.</summary>
    /// <returns>Null, or why the copy could not be made; the old one stands then.</returns>
    public string? Keep(SensorPlan plan)
    {
        (Standing, Problem) = (Standing.File, null);
        Tell([], Standing);
        return KeepCopy(plan);
    }

    /// <inheritdoc cref="Keep"/>
    public string? KeepCopy(SensorPlan plan)
    {
        if (plan.Text is not { } text) return null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Copy)!);
            DurableFile.Write(Copy, text, Private);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{Copy}: the settings cannot be kept for the time when the file is bad ({e.Message}); give the directory to this user, or make room";
        }
    }

    /// <summary>Whether the mistakes stand beside the file already.</summary>
    public bool IsTold(IReadOnlyList<ConfigError> mistakes) => DurableFile.Holds(ErrorsBeside, Encoding.UTF8.GetBytes(Explain(mistakes, Standing)));

    /// <summary>Writes the mistakes where they are looked for, or takes the file away when there are none.</summary>
    /// <returns>Null, or why they stand nowhere.</returns>
    public string? Tell(IReadOnlyList<ConfigError> mistakes) => Tell(mistakes, Standing);

    private string? Tell(IReadOnlyList<ConfigError> mistakes, Standing inForce)
    {
        if (mistakes.Count == 0)
        {
            Remove(ErrorsBeside);
            Remove(ErrorsInState);
            return null;
        }
        var text = Encoding.UTF8.GetBytes(Explain(mistakes, inForce));
        try
        {
            if (DurableFile.Holds(ErrorsBeside, text))
            {
                // Of a version, or of a time, in which the settings could be read by more.
                if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(ErrorsBeside) & Public & ~ErrorsMode) != 0) File.SetUnixFileMode(ErrorsBeside, ErrorsMode);
                return null;
            }
            DurableFile.Write(ErrorsBeside, text, ErrorsMode);
            Remove(ErrorsInState); // one is enough, and this one may be older
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As the sensor's own user on a card that is mounted read-only.
        }
        try
        {
            Directory.CreateDirectory(wanted.StateDirectory);
            DurableFile.Write(ErrorsInState, text, ErrorsMode);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{ErrorsInState}: the mistakes in the settings cannot be written down ({e.Message}); see them with: conpot-pi validate";
        }
    }

    /// <summary>Mistakes quote what stands in the settings, a password among it: whoever may not read those may not read these.</summary>
    private UnixFileMode ErrorsMode
    {
        get
        {
            try
            {
                return OperatingSystem.IsWindows() ? Public : Private | (File.GetUnixFileMode(wanted.Path!) & Public);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return Private;
            }
        }
    }

    /// <summary>For a person with a text editor of any system: lines end in CR LF.</summary>
    internal static string Explain(IReadOnlyList<ConfigError> mistakes, Standing standing)
    {
        var file = Path.GetFileName(mistakes[0].File);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{file} has {(mistakes.Count == 1 ? "a mistake" : $"{mistakes.Count} mistakes")}, so it is not in force.\n");
        text.Append(standing switch
        {
            Standing.LastGood => "The sensor runs with the settings that worked last. Its SF lamp blinks.\n",
            Standing.BuiltIn => "The sensor runs with its built-in settings. Its SF lamp blinks.\n",
            _ => "The sensor does not run.\n",
        });
        text.Append("Each line below has the place (line and column), what is wrong, and what to write.\n\n");
        foreach (var mistake in mistakes) text.Append(CultureInfo.InvariantCulture, $"{Plain(mistake.ToString())}\n");
        text.Append("\nCorrect them and start the machine again. This file goes away by itself when all is well.\n");
        return text.ToString().ReplaceLineEndings("\r\n");
    }

    /// <summary>Where a mistake is, and the name of an unknown setting. Other messages quote values, passwords among them, and this goes into the journal and to every sink.</summary>
    public static string Harmless(ConfigError error) => error.Line == 0
        ? Path.GetFileName(error.File)
        : $"{Path.GetFileName(error.File)}:{error.Line}:{error.Column}{(error.Message.StartsWith("unknown setting", StringComparison.Ordinal) ? $" ({error.Message})" : "")}";

    /// <summary>The places of mistakes, as far as anybody reads on.</summary>
    public static string At(IEnumerable<ConfigError> mistakes) => "mistakes at " + string.Join(", ", mistakes.Take(8).Select(Harmless));

    private static string Plain(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    private static SensorPlan? Try(ConfigSource source, TimeProvider time, bool create, out IReadOnlyList<ConfigError> mistakes)
    {
        var errors = new ConfigErrors();
        var plan = SensorPlan.Read(source, null, time, create, errors);
        mistakes = [.. errors.InOrder];
        return plan;
    }

    private byte[]? Kept()
    {
        try
        {
            return File.Exists(Copy) ? File.ReadAllBytes(Copy) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Remove(string path)
    {
        try
        {
            if (File.Exists(path)) File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Of the boot partition, where "appliance apply" takes it away.
        }
    }
}
