using System.Globalization;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>[identity] as the agent shows it, with this device's own serial number in it.</summary>
/// <param name="ObjectId">Encoded.</param>
internal sealed record SnmpIdentity(byte[] Description, byte[] ObjectId, byte[] Contact, byte[] Name, byte[] Location, int Services, byte[] Interface)
{
    /// <param name="section">The user's [identity] over the profile's.</param>
    public static SnmpIdentity Read(ConfigSection section, DeviceSeed seed)
    {
        var oid = section.Parsed<uint[]>("sys_object_id", [0, 0], (string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out uint[]? parsed, out string problem) =>
            Snmp.ObjectId.TryParse(text, out parsed, out problem));
        var services = section.TextOrNumber("sys_services", "72");
        if (!int.TryParse(services, NumberStyles.None, CultureInfo.InvariantCulture, out var layers) || layers > 127)
            section.Error("sys_services", $"'sys_services' in [identity] is {Shown.Quoted(services)}; write a sum of layers from 0 to 127, 72 as the device (RFC 1213, 3.4)");
        return new SnmpIdentity(
            Text("sys_descr"), Snmp.ObjectId.Encode(oid), Text("sys_contact"), Text("sys_name"), Text("sys_location"), layers, Text("if_descr"));

        byte[] Text(string key)
        {
            var bytes = ValueText.Octets(seed.Personalise(section.Text(key, "")));
            if (bytes.Length <= 255) return bytes;
            section.Error(key, $"'{key}' in [identity] has {bytes.Length} octets; allowed: up to 255 (RFC 1213, DisplayString)");
            return [];
        }
    }
}
