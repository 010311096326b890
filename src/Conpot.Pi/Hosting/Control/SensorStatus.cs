using System.Text.Json;
using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Hosting.Control;

/// <summary>What the sensor says of itself: the reply to "status", and what <c>conpot-pi status --json</c> prints.</summary>
internal static class SensorStatus
{
    public static void Write(Utf8JsonWriter json, Sensor sensor)
    {
        var plan = sensor.Plan;
        json.WriteString("name", plan.Name);
        json.WriteString("version", Version.Text);
        json.WriteString("profile", plan.Profile.Name);
        json.WriteString("title", plan.Profile.Title);
        json.WriteString("mode", plan.Cpu.Mode == OperatingMode.Run ? "RUN" : "STOP");
        json.WriteBoolean("system_fault", plan.Cpu.SystemFault);
        json.WriteBoolean("alert", sensor.Alert);
        json.WriteString("started", sensor.Started.UtcDateTime);
        json.WriteNumber("uptime_seconds", (long)sensor.Uptime.TotalSeconds);
        json.WriteStartArray("listeners");
        foreach (var (protocol, endPoint) in sensor.EndPoints)
        {
            json.WriteStartObject();
            json.WriteString("protocol", protocol);
            json.WriteString("address", endPoint.Address.ToString());
            json.WriteNumber("port", endPoint.Port);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("sessions", sensor.Sessions);
        json.WriteStartObject("journal");
        WriteJournal(json, sensor.Journal);
        json.WriteEndObject();
        json.WriteStartArray("sinks");
        foreach (var sink in sensor.Sinks) WriteSink(json, sink);
        json.WriteEndArray();
        // As with the journal: a look at a medium that hangs would hang too.
        json.WriteString("state_fault", sensor.Journal is { IsStalled: true } ? null : StateDirectory.Problem(plan.StateDirectory, create: false));
        json.WriteNumber("lost_files", plan.Protocols.Sum(p => p.LostFiles));
        json.WriteStartArray("faults");
        foreach (var fault in sensor.Faults) json.WriteStringValue(fault);
        json.WriteEndArray();
        if (sensor.LastGood is { } settings) WriteSettings(json, settings.Wanted.Path, settings.Standing switch { Standing.LastGood => "last-good", Standing.BuiltIn => "built-in", _ => "file" }, settings.Problem);
        else if (sensor.Refused is { } problem) WriteSettings(json, sensor.SettingsFile, "file", problem);
        json.WriteStartObject("machine");
        new MachineHealth("/").Write(json);
        json.WriteEndObject();
    }

    private static void WriteSettings(Utf8JsonWriter json, string? file, string inForce, string? problem)
    {
        json.WriteStartObject("settings");
        json.WriteString("file", file);
        json.WriteString("in_force", inForce);
        json.WriteString("problem", problem);
        json.WriteEndObject();
    }

    private static void WriteJournal(Utf8JsonWriter json, Journal? journal)
    {
        if (journal is null) return;
        json.WriteString("directory", journal.Directory);
        json.WriteNumber("kept", journal.KeptTotal);
        json.WriteNumber("lost", journal.LostTotal);
        json.WriteString("fault", journal.Fault);
        // A look at a medium that hangs would hang too.
        if (journal.IsStalled) return;
        long bytes = 0;
        var segments = Segments.List(journal.Directory);
        foreach (var (path, _) in segments) bytes += new FileInfo(path) is { Exists: true } file ? file.Length : 0;
        json.WriteNumber("segments", segments.Count);
        json.WriteNumber("bytes", bytes);
        json.WriteNumber("events", segments.Count == 0 ? 0 : journal.NextSequence - segments[0].First);
        using var reader = new JournalReader(journal.Directory);
        if (reader.TryRead(out var line) && EventRecord.Parse(line) is { } oldest) json.WriteString("oldest", oldest.Time.UtcDateTime);
        else json.WriteNull("oldest");
    }

    internal static void WriteSink(Utf8JsonWriter json, SinkStatus sink)
    {
        json.WriteStartObject();
        json.WriteString("name", sink.Name);
        json.WriteNumber("lag", sink.Lag);
        WriteTime(json, "oldest", sink.Oldest);
        json.WriteNumber("delivered", sink.Delivered);
        json.WriteNumber("dropped", sink.Dropped);
        WriteTime(json, "last_delivery", sink.LastDelivery);
        json.WriteString("error", sink.LastError);
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } known) json.WriteString(name, known.UtcDateTime);
        else json.WriteNull(name);
    }
}
