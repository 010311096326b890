using Conpot.Pi.Events.Sinks;
using Conpot.Pi.Tests.Config;

namespace Conpot.Pi.Tests.Events.Sinks;

/// <summary>The settings of one sink, and what it is built from.</summary>
internal static class SyslogSheet
{
    public static (ISink? Sink, Sheet Sheet) Build(Func<SinkSurroundings, ISink?> create, string section, string text, string directory)
    {
        var sheet = new Sheet($"[{section}]\n{text}\n");
        var sink = create(new SinkSurroundings
        {
            Section = sheet.Root.Section(section),
            Sensor = "pump-house",
            Device = "CPU 224XP",
            Time = TimeProvider.System,
            StateDirectory = directory,
            ConfigDirectory = directory,
        });
        sheet.File.ReportUnread();
        return (sink, sheet);
    }

    public static ISink Sink(Func<SinkSurroundings, ISink?> create, string section, string text, string directory)
    {
        var (sink, sheet) = Build(create, section, text, directory);
        Xunit.Assert.Empty(sheet.Messages);
        Xunit.Assert.NotNull(sink);
        return sink;
    }
}
