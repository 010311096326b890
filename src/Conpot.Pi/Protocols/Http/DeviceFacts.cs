using Conpot.Pi.Config;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Http;

/// <summary>[identity] as pages show it: the same module, order number, serial and hardware address as the SNMP agent's.</summary>
/// <param name="Mac">Asked for with each page: the interface may have a Siemens address of its own, and be found later than the sensor starts.</param>
internal sealed record DeviceFacts(string Vendor, string Product, string Cpu, string CpuOrderNumber, string Module, string ModuleOrderNumber, string Hardware, string Firmware, string Serial, Func<string> Mac)
{
    /// <param name="section">The user's [identity] over the profile's.</param>
    public static DeviceFacts Read(ConfigSection section, DeviceSeed seed, Cpu cpu, Func<string> mac) => new(
        section.Text("vendor", ""), section.Text("product", ""), cpu.Settings.Model, cpu.Settings.OrderNumber, section.Text("module", ""), section.Text("module_order_number", ""),
        section.TextOrNumber("hardware_version", ""), section.Text("firmware_version", ""), seed.Serial, mac);
}
